import { expect, scripted, test } from "../../fixtures/test";
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
  await admin.getByRole("link", { name: /need repair/ }).click();
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
  if (await scripted(admin)) {
    await expect(admin.locator(".head")).toContainText("Approved");
  } else {
    await expect(admin.locator("body")).toContainText(/Approved/);
  }
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
