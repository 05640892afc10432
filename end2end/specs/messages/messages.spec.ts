import { accessible, expect, hydrated, logIn, scripted, test } from "../../fixtures/test";

// A request whose last step is an administrator's and whom the first admin may decide.
const LAST_STEP = "SELECT number FROM requests WHERE lane = 0 AND status = 0 AND approval_type = 0 AND step = steps - 1 ORDER BY number DESC LIMIT 1";
const KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

test("a channel is made, tested, told of a decision, and removed", async ({ admin, server }) => {
  const name = `Chat ${test.info().project.name}`;
  const receiver = await server.receiver(KEY);
  await admin.goto("/admin/channels");
  await admin.getByRole("link", { name: "New channel" }).click();
  await admin.getByLabel("Name", { exact: true }).fill(name);
  await admin.getByLabel("Address").fill("ftp://nowhere");
  await admin.getByLabel("Headers").fill("X-Team: {{team}}");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("A link begins with https:// (or http:// on loopback).")).toBeVisible();
  await expect(admin.getByText("No secret is named team. Add team=… below.")).toBeVisible();
  await expect(admin.getByLabel("Name", { exact: true })).toHaveValue(name);
  await admin.getByLabel("Address").fill(receiver.url);
  await admin.getByLabel("Secrets").fill("team=blue");
  await admin.getByLabel("Signing key").fill(KEY);
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText(`${name} is saved.`)).toBeVisible();
  await expect(admin.getByText("Kept and never shown: team.")).toBeVisible();
  await expect(admin.locator("body")).not.toContainText("blue");
  await admin.getByRole("button", { name: "Send a test" }).click();
  await expect(admin.getByText("A test is on its way.")).toBeVisible();
  const arrived = admin.getByRole("row").filter({ hasText: "Channel test" }).filter({ hasText: "Delivered" });
  await expect(async () => {
    await admin.reload();
    await expect(arrived).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  await hydrated(admin);
  if (await scripted(admin)) await accessible(admin);

  const [{ number }] = await server.sql(LAST_STEP);
  await admin.goto(`/admin/requests/${number}?act=deny`);
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Reason", { exact: true }).fill("Not this quarter.");
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(async () => {
    const denied = (await receiver.calls()).find((call) => call.payload.type === "denied");
    expect(denied?.verified).toBe(true);
    const request = denied?.payload.data.request as { status: string; ended: { reason: string } };
    expect([request.status, request.ended.reason]).toEqual(["denied", "Not this quarter."]);
  }).toPass({ timeout: 20_000 });

  await admin.goto("/admin/channels");
  await admin.getByRole("link", { name, exact: true }).click();
  await admin.getByRole("link", { name: "Renew the key…" }).click();
  await admin.getByRole("dialog").getByRole("link", { name: "Cancel" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  await admin.getByRole("link", { name: "Renew the key…" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Renew the key" }).click();
  await expect(admin.getByRole("heading", { name: "The new signing key" })).toBeVisible();
  await expect(admin.locator("code")).toContainText("whsec_");
  await admin.goto("/admin/channels");
  await admin.getByRole("link", { name, exact: true }).click();
  await expect(admin.locator("body")).not.toContainText("whsec_");
  await admin.getByRole("link", { name: "Remove" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(admin.getByText(`${name} is removed.`)).toBeVisible();
});

test("what failed for good is found in the ledger and sent again", async ({ admin, server }) => {
  const [one] = await server.sql(
    `SELECT hex(o.id) AS id, o.request, p.email, p.name FROM outbox o JOIN people p ON p.id = o.recipient_id WHERE o.kind = 'request_denied' AND p.active = 1 AND o.state = 'delivered' ORDER BY o.created_at DESC LIMIT 1 OFFSET ${
      test.info().project.name === "wasm-on" ? 0 : 1
    }`,
  );
  await server.exec(`UPDATE outbox SET state = 'dead', last_error = '550 no such user' WHERE id = x'${one.id}'`);
  await admin.goto("/admin/messages");
  await hydrated(admin);
  if (await scripted(admin)) await accessible(admin);
  await expect(admin.getByText("1 message never arrived and is not tried any more.")).toBeVisible();
  await admin.getByRole("link", { name: "Show what failed" }).click();
  const row = admin.getByRole("row").filter({ hasText: String(one.name) });
  await expect(row).toContainText("550 no such user");
  await row.getByRole("button", { name: /^Send again/ }).click();
  await expect(admin.getByText(`The message to ${one.name} is sent again.`)).toBeVisible();
  await server.mail.waitFor(String(one.email), /^Denied: /, new RegExp(`#${one.request}\\b`));
  await admin.goto("/admin/messages");
  await admin.getByLabel("Recipient, or #request").fill(`#${one.request}`);
  await admin.getByRole("button", { name: "Apply" }).click();
  await expect(admin.getByRole("row").filter({ hasText: "Request denied" }).filter({ hasText: String(one.name) })).toContainText("Delivered");
});

test("after an outage whatever failed is sent again at once", async ({ admin, server }) => {
  await server.exec(
    "UPDATE outbox SET state = 'dead', last_error = '554 blocked' WHERE id IN (SELECT o.id FROM outbox o JOIN people p ON p.id = o.recipient_id WHERE o.kind = 'request_approved' AND p.active = 1 AND o.state = 'delivered' ORDER BY o.created_at DESC LIMIT 3)",
  );
  await admin.goto("/admin/messages?state=dead&kind=request_approved");
  await hydrated(admin);
  await admin.getByRole("button", { name: "Send all again" }).click();
  await expect(admin.getByText("3 messages are sent again.")).toBeVisible();
  const [{ n }] = await server.sql("SELECT COUNT(*) AS n FROM outbox WHERE state = 'dead' AND kind = 'request_approved'");
  expect(n).toBe(0);
});

test("people choose what they hear, and the organisation when it reminds", async ({ page, server, errors }) => {
  void errors;
  await page.goto(`${server.url}/account`);
  await logIn(page, "member@demo.test");
  await hydrated(page);
  if (await scripted(page)) await accessible(page);
  const digest = page.getByLabel("Once a day, in one list");
  await digest.check();
  await page.getByLabel("My request was received").uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.goto("/account");
  await expect(digest).toBeChecked();
  await expect(page.getByLabel("My request was received")).not.toBeChecked();
  await digest.uncheck();
  await page.getByLabel("My request was received").check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
});

test("reminders stand on a request in advance, and hours are refused with a word", async ({ admin, server }) => {
  await admin.goto("/admin/settings");
  await hydrated(admin);
  await admin.getByLabel("Time zone of the organisation").fill("Mars/Olympus");
  await admin.getByRole("button", { name: "Save settings" }).click();
  await expect(admin.getByText("There is no such time zone. Write it as in Europe/Berlin.")).toBeVisible();
  await admin.getByLabel("Time zone of the organisation").fill("Europe/Berlin");
  await admin.getByRole("button", { name: "Save settings" }).click();
  await expect(admin.getByText("The settings are saved.")).toBeVisible();
  const [open] = await server.sql(
    "SELECT request FROM reminders WHERE sent_at IS NULL AND kind = 'reminder' ORDER BY request DESC LIMIT 1",
  );
  await admin.goto(`/admin/requests/${open.request}`);
  await admin.getByText(/mails? delivered|No mail so far/).click();
  await expect(admin.getByText(/^Planned: Reminder of a waiting request/).first()).toBeVisible();
});
