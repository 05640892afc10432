import { expect, logIn, test } from "../../fixtures/test";

// Not the accounts that other stories log in as.
const OTHERS =
  "p.email NOT IN ('admin@demo.test', 'second.admin@demo.test', 'manager@demo.test', 'owner@demo.test', 'member@demo.test', 'requester@demo.test')";
const dashed = (hex: unknown) => String(hex).toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

test("a live grant is found, and revoked with a reason that the person gets", async ({ admin, server }) => {
  const order = test.info().project.name === "wasm-on" ? "ASC" : "DESC";
  const [one] = await server.sql(
    `SELECT hex(g.id) AS id, g.request, p.email, p.name FROM grants g JOIN people p ON p.id = g.beneficiary_id WHERE g.ended_at IS NULL AND ${OTHERS} ORDER BY g.began_at ${order}, g.id LIMIT 1`,
  );
  await admin.goto("/admin/grants");
  await admin.getByRole("searchbox").fill(String(one.email));
  await admin.getByRole("searchbox").press("Enter");
  const row = admin.locator("table.list tbody tr").filter({ has: admin.getByRole("link", { name: `#${one.request}`, exact: true }) });
  await expect(row).toHaveCount(1);
  await row.getByRole("link", { name: /^Revoke/ }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByRole("button", { name: "Revoke access" }).click();
  await expect(dialog.getByText("Write why, so that others know what to do next.")).toBeVisible();
  await dialog.getByLabel("Reason").fill("Moved to another team.");
  await dialog.getByRole("button", { name: "Revoke access" }).click();
  await expect(admin.getByText("The access is revoked.")).toBeVisible();
  const [after] = await server.sql(`SELECT end_cause FROM grants WHERE id = x'${one.id}'`);
  expect(after.end_cause).toBe("revoked");
  const mail = await server.mail.waitFor(String(one.email), /^Revoked: /);
  expect(mail.text).toContain("Moved to another team.");
});

test("more time is asked for, and access is given back", async ({ page, server, errors }) => {
  void errors;
  const off = test.info().project.name === "wasm-on" ? 0 : 1;
  const [one] = await server.sql(
    "SELECT g.request, hex(q.id) AS resource, q.name AS name, p.email, hex(p.id) AS person FROM grants g JOIN resources q ON q.id = g.resource_id JOIN people p ON p.id = g.beneficiary_id " +
      `WHERE g.ended_at IS NULL AND g.ends_at IS NOT NULL AND p.active = 1 AND ${OTHERS} ` +
      "AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = p.id AND m.group_id = g.group_id) " +
      `AND NOT EXISTS (SELECT 1 FROM requests r WHERE r.beneficiary_id = p.id AND r.resource_id = q.id AND r.status IN (0, 4, 6)) ORDER BY g.ends_at DESC LIMIT 1 OFFSET ${off}`,
  );
  const link = /http\S+/.exec(await server.command("link", String(one.email)))?.[0] ?? "";
  await page.goto(link);
  await page.getByLabel("New password", { exact: true }).fill("the quiet otter reads");
  await page.getByLabel("New password again").fill("the quiet otter reads");
  await page.getByRole("button", { name: "Set password and log in" }).click();
  await expect(page.getByRole("heading", { name: "Applications" })).toBeVisible();
  const tile = page.locator("article.tile").filter({ has: page.getByRole("heading", { name: String(one.name), exact: true }) });
  await expect(tile).toContainText("Ends in");
  if (await tile.getByRole("link", { name: /^Ask for more time/ }).count()) {
    await tile.getByRole("link", { name: /^Ask for more time/ }).click();
    await expect(page.getByRole("dialog")).toContainText("Ask for more time for");
    await expect(page.getByText(/You have this, it ends in/).first()).toBeVisible();
    await page.goto("/portal");
  }
  await tile.getByRole("link", { name: /^Give back/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Give back" }).click();
  await expect(page.getByText("It is given back.")).toBeVisible();
  const left = await server.sql(
    `SELECT 1 FROM grants WHERE beneficiary_id = x'${one.person}' AND resource_id = x'${one.resource}' AND ended_at IS NULL`,
  );
  expect(left).toHaveLength(0);
});

test("a connector is made, its secret never shown again, and carries a grant out at a real receiver", async ({ admin, server, browser }) => {
  const name = `Story connector ${test.info().project.name}`;
  await admin.goto("/admin/connectors/new");
  const secret = await admin.getByLabel("Signing key or token").inputValue();
  expect(secret).toMatch(/^whsec_/);
  await admin.getByLabel("Name", { exact: true }).fill(name);
  await admin.getByLabel("Address").fill("http://10.0.0.1/inside");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("A link begins with https://")).toBeVisible();
  await admin.getByLabel("Address").fill("https://10.0.0.1/inside");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("This address is not public.")).toBeVisible();
  const receiver = await server.receiver(secret);
  await admin.getByLabel("Address").fill(receiver.url);
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText(`${name} is saved.`)).toBeVisible();
  await admin.getByRole("link", { name }).click();
  await expect(admin.getByLabel("Signing key or token")).toHaveValue("");
  expect(await admin.content()).not.toContain(secret);

  const [one] = await server.sql(
    "SELECT r.number, hex(r.group_id) AS grp, r.requester_email AS email FROM requests r WHERE r.lane = 0 AND r.status = 0 AND r.approval_type = 0 AND r.step = r.steps - 1 " +
      "AND r.group_id NOT IN (SELECT id FROM groups WHERE connector_id IS NOT NULL) ORDER BY r.number LIMIT 1",
  );
  await admin.goto(`/admin/directory/groups/${dashed(one.grp)}`);
  await admin.getByLabel("Carried out by").selectOption({ label: name });
  await admin.getByLabel("Name in the target").fill("team-7");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByRole("heading", { name: "Groups" })).toBeVisible();
  receiver.answers("refuse No licence left");
  await admin.goto(`/admin/requests/${one.number}?act=grant`);
  await admin.getByRole("dialog").getByRole("button", { name: "Grant Access" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  await expect(async () => {
    await admin.goto(`/admin/requests/${one.number}`);
    await expect(admin.getByText("The target refused: No licence left")).toBeVisible({ timeout: 500 });
  }).toPass();
  await admin.locator(".acts").getByRole("button", { name: "Retry" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  await expect(async () => {
    await admin.goto(`/admin/requests/${one.number}`);
    await expect(admin.locator(".head")).toContainText("Approved", { timeout: 500 });
  }).toPass();
  await admin.locator("details.delivery summary").click();
  await expect(admin.locator("details.delivery")).toContainText(`Given, and confirmed by ${name}`);
  const calls = await receiver.calls();
  expect(calls.every((call) => call.verified)).toBe(true);
  expect(calls.at(-1)?.payload.data).toMatchObject({ person: { email: one.email }, group: { external_id: "team-7" } });
  void browser;
  void logIn;
});

test("a logo is an image of at most 256 KiB, and is shown", async ({ admin, server }) => {
  const [one] = await server.sql("SELECT hex(id) AS id FROM resources WHERE active = 1 ORDER BY name_fold LIMIT 1");
  const page = `/admin/directory/resources/${dashed(one.id)}`;
  const file = (name: string, mimeType: string, buffer: Buffer) => admin.getByLabel("Image").setInputFiles({ name, mimeType, buffer });
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await admin.goto(page);
  await file("a.svg", "image/svg+xml", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"));
  await admin.getByRole("button", { name: "Set logo" }).click();
  await expect(admin.getByText("This is not an image that can be shown")).toBeVisible();
  await file("b.png", "image/png", Buffer.concat([png, Buffer.alloc(257 * 1024)]));
  await admin.getByRole("button", { name: "Set logo" }).click();
  await expect(admin.getByText("Too large: at most 256 KiB.")).toBeVisible();
  await file("c.png", "image/png", png);
  await admin.getByRole("button", { name: "Set logo" }).click();
  await expect(admin.getByText("The logo is set.")).toBeVisible();
  await expect(admin.locator("#logo img.logo")).toBeVisible();
  await admin.getByRole("button", { name: "Remove logo" }).click();
  await expect(admin.locator("#logo img.logo")).toHaveCount(0);
});
