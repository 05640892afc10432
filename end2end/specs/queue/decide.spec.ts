import { expect, logIn, test } from "../../fixtures/test";
import { Queue } from "../../pages/queue";

// A request whose last step is an administrator's and whom the first admin may decide.
const LAST_STEP = "SELECT number FROM requests WHERE lane = 0 AND status = 0 AND approval_type = 0 AND step = steps - 1 ORDER BY number DESC LIMIT 1";

test("the arrow shows details and approval progress", async ({ admin }) => {
  const queue = new Queue(admin);
  const detail = await queue.expand(await queue.number(queue.rows.first()));
  for (const part of ["Reason for request", "Requester", "Manager", "Delivery"]) {
    await expect(detail.getByRole("heading", { name: part, exact: true })).toBeVisible();
  }
});

test("grants from the three dots: status, counter, mail, applications", async ({ admin, server }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  const queue = new Queue(admin);
  const before = await queue.count("administrator");
  const menu = await queue.menu(Number(number));
  await menu.getByRole("link", { name: "Grant Access" }).click();
  await expect(admin.getByRole("dialog")).toContainText(`Request #${number}`);
  await admin.getByRole("dialog").getByRole("button", { name: "Grant Access" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  await expect(admin.getByTestId("count-administrator")).toHaveText(String(before - 1));
  await expect(queue.row(Number(number))).toHaveCount(0);
  const [after] = await server.sql(`SELECT status, requester_email AS email, resource_name AS resource FROM requests WHERE number = ${number}`);
  expect(after.status).toBe(1);
  const mail = await server.mail.waitFor(String(after.email), /^Granted: /, new RegExp(`#${number}\\b`));
  expect(mail.text).toContain(String(after.resource));
});

test("denying asks for a reason, keeps what was typed, and tells the requester", async ({ admin, server }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  const queue = new Queue(admin);
  const detail = await queue.expand(Number(number));
  await detail.getByRole("button", { name: "Deny Access" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Next steps").fill("Ask again with the <b>ticket</b> number.");
  await dialog.getByLabel("Internal notes").fill("planted-secret-marker");
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(dialog.getByText("Write why, so that others know what to do next.")).toBeVisible();
  await expect(dialog.getByLabel("Next steps")).toHaveValue("Ask again with the <b>ticket</b> number.");
  await dialog.getByLabel("Reason").fill("Not for this department.");
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  const [after] = await server.sql(`SELECT status, requester_email AS email FROM requests WHERE number = ${number}`);
  expect(after.status).toBe(2);
  const mail = await server.mail.waitFor(String(after.email), /^Denied: /, new RegExp(`#${number}\\b`));
  expect(mail.text).toContain("Not for this department.");
  expect(mail.text).toContain("ticket");
  expect(mail.text).not.toContain("planted-secret-marker");
});

test("overrides from Others, and says whom", async ({ admin, server }) => {
  const [{ number }] = await server.sql("SELECT number FROM requests WHERE lane = 1 AND status = 0 AND waiting_kind <> '' ORDER BY number DESC LIMIT 1");
  const queue = new Queue(admin);
  await queue.tab("Others").click();
  await expect(queue.tab("Others")).toHaveAttribute("aria-current", "page");
  const menu = await queue.menu(Number(number));
  await menu.getByRole("link", { name: "Grant Access" }).click();
  await expect(admin.getByRole("dialog")).toContainText("This overrides");
  await admin.getByRole("dialog").getByRole("button", { name: "Grant Access" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  const [after] = await server.sql(`SELECT status, overridden FROM requests WHERE number = ${number}`);
  expect(after).toEqual({ status: 1, overridden: 1 });
  const events = await server.sql(`SELECT kind FROM audit WHERE request = ${number} AND kind = 'overridden'`);
  expect(events).toHaveLength(1);
});

test("a grant whose group is inactive ends in Error; repaired, Retry grants", async ({ admin, server }) => {
  const [{ number, group_id: group }] = await server.sql(
    LAST_STEP.replace("number", "number, hex(group_id) AS group_id"),
  );
  await server.exec(`UPDATE groups SET active = 0 WHERE id = x'${group}'`);
  const queue = new Queue(admin);
  await (await queue.menu(Number(number))).getByRole("link", { name: "Grant Access" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Grant Access" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  await admin.getByRole("link", { name: /in Administrator need repair/ }).click();
  const detail = await queue.expand(Number(number));
  await expect(detail).toContainText("is inactive");
  await server.exec(`UPDATE groups SET active = 1 WHERE id = x'${group}'`);
  await detail.getByRole("button", { name: "Retry" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  const [after] = await server.sql(`SELECT status FROM requests WHERE number = ${number}`);
  expect(after.status).toBe(1);
});

test("a decision that comes too late says who decided", async ({ admin, server, browser }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  await admin.goto(`/admin/requests/${number}?act=deny`);
  const other = await browser.newPage({ baseURL: server.url });
  await other.goto(`/login?next=/admin/requests/${number}`);
  await other.getByLabel("Email").fill("second.admin@demo.test");
  await other.getByLabel("Password").fill("doorward-demo");
  await other.getByRole("button", { name: "Log in" }).click();
  await other.locator(".acts").getByRole("button", { name: "Grant Access" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Grant Access" }).click();
  await expect(other.locator(".head")).toContainText("Approved");
  await other.close();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Too late anyway.");
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  const [second] = await server.sql("SELECT name FROM people WHERE email = 'second.admin@demo.test'");
  await expect(admin.getByText(`Too late: ${second.name} decided on`)).toBeVisible();
  await expect(admin.locator(".head")).toContainText("Approved");
  await expect(dialog).toHaveCount(0);
  const [after] = await server.sql(`SELECT status FROM requests WHERE number = ${number}`);
  expect(after.status).toBe(1);
});

test("one's own act is painted without a reload @wasm", async ({ admin, server }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  await admin.evaluate(() => ((window as unknown as { kept: boolean }).kept = true));
  const queue = new Queue(admin);
  await (await queue.menu(Number(number))).getByRole("link", { name: "Deny Access" }).click();
  await admin.getByRole("dialog").getByLabel("Reason").fill("No.");
  await admin.getByRole("dialog").getByRole("button", { name: "Deny Access" }).click();
  await expect(queue.row(Number(number))).toHaveCount(0);
  await expect(admin.getByRole("status").filter({ hasText: "Denied:" })).toBeVisible();
  expect(await admin.evaluate(() => (window as unknown as { kept: boolean }).kept)).toBe(true);
});

test("the link of a request is copied @wasm", async ({ admin }) => {
  await admin.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const queue = new Queue(admin);
  await queue.tab("Others").click();
  await expect(queue.tab("Others")).toHaveAttribute("aria-current", "page");
  const number = await queue.number(queue.rows.first());
  const menu = await queue.menu(number);
  await menu.getByRole("button", { name: "Copy link" }).click();
  await expect(admin.getByText("The link is copied.")).toBeVisible();
  await expect(menu).toBeHidden();
  await admin.goto(await admin.evaluate(() => navigator.clipboard.readText()));
  await expect(admin).toHaveTitle(`Request #${number} · Doorward`);
});

test("with the keyboard alone: details, menu, second screen, back @wasm", async ({ admin }) => {
  const queue = new Queue(admin);
  await queue.tab("Others").click();
  await expect(queue.tab("Others")).toHaveAttribute("aria-current", "page");
  const number = await queue.number(queue.rows.first());
  const arrow = admin.locator(`#row-${number}`);
  await arrow.focus();
  await admin.keyboard.press("Enter");
  await expect(admin.locator(".detail-row")).toContainText("Approval Progress");
  await expect(arrow).toBeFocused();
  await expect(arrow).toHaveAttribute("aria-expanded", "true");
  await admin.keyboard.press("Enter");
  await expect(admin.locator(".detail-row")).toHaveCount(0);
  await expect(arrow).toBeFocused();
  await admin.keyboard.press("Tab");
  await admin.keyboard.press("Enter");
  await expect(admin.locator(`#menu-${number}`)).toBeVisible();
  await admin.keyboard.press("Tab");
  await expect(admin.getByRole("link", { name: "Grant Access" })).toBeFocused();
  await admin.keyboard.press("Enter");
  await expect(admin.getByRole("dialog")).toContainText(`Request #${number}`);
  await admin.keyboard.press("Escape");
  await expect(admin.getByRole("dialog")).toHaveCount(0);
});

test("Cancel leaves everything as it is", async ({ admin, server }) => {
  const [{ number, version }] = await server.sql(LAST_STEP.replace("number", "number, version"));
  const queue = new Queue(admin);
  await (await queue.menu(Number(number))).getByRole("link", { name: "Deny Access" }).click();
  await admin.getByRole("dialog").getByLabel("Reason").fill("Never sent.");
  await admin.getByRole("dialog").getByRole("link", { name: "Cancel" }).or(admin.getByRole("dialog").getByRole("button", { name: "Cancel" })).first().click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  const [after] = await server.sql(`SELECT status, version FROM requests WHERE number = ${number}`);
  expect(after).toEqual({ status: 0, version });
});

test("denies over the approvers, with notes that only the audit shows", async ({ admin, server }) => {
  const [{ number }] = await server.sql("SELECT number FROM requests WHERE lane = 1 AND status = 0 AND waiting_kind = 'owner' ORDER BY number LIMIT 1");
  const note = `only-for-admins-${test.info().project.name}`;
  await admin.goto(`/admin/requests/${number}?act=deny`);
  const dialog = admin.getByRole("dialog");
  await expect(dialog).toContainText("This overrides");
  await dialog.getByLabel("Reason").fill("Decided above.");
  await dialog.getByLabel("Internal notes").fill(note);
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(admin.locator(".head")).toContainText("Denied");
  await expect(admin.locator("ol.steps")).toContainText("overridden");
  expect(await admin.content()).not.toContain(note);
  await admin.goto(`/admin/audit?request=${number}&type=overridden`);
  await admin.locator("table.record summary").first().click();
  await expect(admin.locator("table.record")).toContainText(note);
});

test("one's own request is somebody else's to decide", async ({ admin, server }) => {
  // Without a name that only this story uses, the other project's own request would be in the way.
  const [flow] = await server.sql(
    "SELECT lower(hex(f.id)) AS id FROM flows f JOIN flow_versions v ON v.id = f.version_id WHERE f.enabled = 1 AND f.deleted_at IS NULL " +
      "AND json_array_length(v.definition, '$.steps') > 0 AND json_extract(v.definition, '$.access') = 'permanent' AND json_extract(v.definition, '$.reason_pattern') IS NULL " +
      "AND json_array_length(v.definition, '$.visible_to') = 0 AND f.resource_id NOT IN (SELECT r.resource_id FROM requests r JOIN people p ON p.id = r.beneficiary_id WHERE p.email = 'admin@demo.test') " +
      "ORDER BY f.name_fold LIMIT 1",
  );
  const id = String(flow.id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  await admin.goto(`/portal/requests?flow=${id}`);
  const ask = admin.getByRole("dialog");
  await ask.getByLabel("Reason").fill("For myself.");
  await ask.getByRole("button", { name: "Continue" }).click();
  await expect(admin.getByText(/Request #\d+ is on its way/)).toBeVisible();
  const [own] = await server.sql("SELECT number FROM requests r JOIN people p ON p.id = r.requester_id WHERE p.email = 'admin@demo.test' ORDER BY number DESC LIMIT 1");
  await admin.goto(`/admin/requests/${own.number}`);
  await expect(admin.getByText("Your own request: somebody else decides.")).toBeVisible();
  await expect(admin.locator(".acts").getByRole("button", { name: "Grant Access" })).toHaveAttribute("aria-disabled", "true");
  await admin.goto("/portal/requests");
  await admin.getByRole("link", { name: `Withdraw request ${own.number}` }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click();
  await expect(admin.getByText(`Request #${own.number} is withdrawn.`)).toBeVisible();
});

test("what was typed survives a log-out by idleness", async ({ admin, server }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  await admin.goto(`/admin/requests/${number}?act=deny`);
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Long thought about.");
  await server.exec("DELETE FROM sessions WHERE person_id = (SELECT id FROM people WHERE email = 'admin@demo.test')");
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(admin.getByText("Your session has ended.")).toBeVisible();
  await logIn(admin, "admin@demo.test");
  await expect(admin.getByRole("dialog").getByLabel("Reason")).toHaveValue("Long thought about.");
  const [after] = await server.sql(`SELECT status FROM requests WHERE number = ${number}`);
  expect(after.status).toBe(0);
});

test("missing data is shown with what is missing, and repaired in place", async ({ admin, server }) => {
  const [one] = await server.sql(
    "SELECT r.number, hex(p.id) AS person, hex(p.manager_id) AS manager FROM requests r JOIN people p ON p.id = r.requester_id " +
      "WHERE r.lane = 1 AND r.status = 0 AND r.waiting_kind = 'manager' " +
      "ORDER BY r.number DESC LIMIT 1",
  );
  const [person] = await server.sql(`SELECT lower(hex(id)) AS id FROM people WHERE id = x'${one.person}'`);
  const id = String(person.id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  await admin.goto(`/admin/directory/people/${id}`);
  await admin.getByLabel("Manager").fill("");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByRole("heading", { name: "People" })).toBeVisible();
  await admin.goto(`/admin/requests/${one.number}`);
  await expect(admin.locator(".head")).toContainText("Missing Data");
  await expect(admin.getByText("nobody can act")).toBeVisible();
  await admin.locator(".acts").getByRole("button", { name: "Repair…" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel(/^Manager of/).fill("nobody@demo.test");
  await dialog.getByRole("button", { name: "Repair" }).click();
  await expect(dialog.getByText("Nobody has this address.")).toBeVisible();
  await dialog.getByLabel(/^Manager of/).fill("manager@demo.test");
  await dialog.getByRole("button", { name: "Repair" }).click();
  await expect(admin.locator(".head")).toContainText("Pending");
});

test("others' acts show when the tab gets the focus, and by themselves @wasm", async ({ admin, server, browser }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  const queue = new Queue(admin);
  await expect(queue.row(Number(number))).toBeVisible();
  const other = await browser.newPage({ baseURL: server.url });
  await other.goto(`/login?next=/admin/requests/${number}%3Fact%3Ddeny`);
  await logIn(other, "second.admin@demo.test");
  await other.getByRole("dialog").getByLabel("Reason").fill("Seen elsewhere.");
  await other.getByRole("dialog").getByRole("button", { name: "Deny Access" }).click();
  await expect(other.locator(".head")).toContainText("Denied");
  await other.close();
  await admin.evaluate(() => window.dispatchEvent(new Event("focus")));
  await expect(queue.row(Number(number))).toHaveCount(0);
});
