import { expect, logIn, test } from "../../fixtures/test";

test("settings take effect, and are in the audit", async ({ admin, server, browser }) => {
  await admin.goto("/admin/settings");
  await admin.getByLabel("Days until a request expires").fill("0");
  await admin.getByLabel("Support link").fill("javascript:alert(1)");
  await admin.getByRole("button", { name: "Save settings" }).click();
  await expect(admin.getByText("Choose a number from 1 to 365.")).toBeVisible();
  await expect(admin.getByText("A link begins with https://")).toBeVisible();
  await admin.getByLabel("Days until a request expires").fill("30");
  await admin.getByLabel("Support link").fill("https://help.example/access");
  await admin.getByLabel("People may ask for access").uncheck();
  await admin.getByRole("button", { name: "Save settings" }).click();
  await expect(admin.getByRole("status").filter({ hasText: "The settings are saved." })).toBeVisible();

  const person = await (await browser.newContext({ baseURL: server.url })).newPage();
  await person.goto("/login?next=/portal/requests");
  await logIn(person, "requester@demo.test");
  await expect(person.getByText("Requests are closed")).toBeVisible();
  await expect(person.locator("a[href='https://help.example/access']")).toBeAttached();

  await admin.getByLabel("People may ask for access").check();
  await admin.getByLabel("Support link").fill("");
  await admin.getByRole("button", { name: "Save settings" }).click();
  await expect(admin.getByRole("status").filter({ hasText: "The settings are saved." })).toBeVisible();
  await person.reload();
  await expect(person.getByRole("heading", { name: "My requests" })).toBeVisible();
  await person.close();

  await admin.goto("/admin/audit?type=settings_updated");
  await expect(admin.locator("table.record tbody tr").first()).toContainText("Settings updated");
  await admin.locator("table.record summary").first().click();
  await expect(admin.locator("table.record pre").first()).toContainText("requests_enabled");
});

test("the record is filtered and exported as the page shows it", async ({ admin, server }) => {
  const [{ request }] = await server.sql("SELECT request FROM audit WHERE kind = 'denied' ORDER BY id LIMIT 1");
  await admin.goto("/admin/audit");
  await admin.getByLabel("Request").fill(String(request));
  await admin.getByRole("button", { name: "Apply" }).click();
  const rows = await server.sql(`SELECT id FROM audit WHERE request = ${request} ORDER BY id DESC`);
  await expect(admin.locator("table.record tbody tr")).toHaveCount(rows.length);
  const answer = await admin.request.get(`/admin/audit/export.json?request=${request}`);
  const exported = (await answer.json()) as { number: number }[];
  expect(exported.map((event) => event.number)).toEqual(rows.map((row) => row.id));
  const csv = await admin.request.get(`/admin/audit/export.csv?request=${request}`);
  expect((await csv.text()).trim().split("\r\n").length).toBeGreaterThanOrEqual(rows.length + 1);
  expect((await admin.request.get("/admin/audit/export.csv?type=nothing")).status()).toBe(422);
});
