import { expect, logIn, scripted, test } from "../../fixtures/test";

// A request whose last step is an administrator's: the oldest, which no other story takes.
const LAST_STEP = "SELECT number FROM requests WHERE lane = 0 AND status = 0 AND approval_type = 0 AND step = steps - 1 ORDER BY number LIMIT 1";
const TYPED = "Thought of by me alone.";
const END = "UPDATE sessions SET ends_at = 0 WHERE person_id = (SELECT id FROM people WHERE email = 'admin@demo.test')";

test("who logs in after me does not get what I typed", async ({ admin, server }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  await admin.goto(`/admin/requests?open=${number}&act=deny`);
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(TYPED);
  await dialog.getByLabel("Internal notes").fill("Between us.");
  await server.exec(END);
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(admin.getByText("Your session has ended.")).toBeVisible();
  const left = await admin.content();
  for (const text of [TYPED, "Between us."]) expect(left).not.toContain(text);
  if (await scripted(admin)) {
    expect(await admin.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))).not.toContain(TYPED);
  }
  await logIn(admin, "second.admin@demo.test");
  await expect(admin.getByText("What was typed before the log-in is somebody else's, so it was left out.")).toBeVisible();
  expect(await admin.content()).not.toContain(TYPED);
  const [after] = await server.sql(`SELECT status FROM requests WHERE number = ${number}`);
  expect(after.status).toBe(0);
});

test("what I typed comes back to me", async ({ admin, server }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  await admin.goto(`/admin/requests?open=${number}&act=deny`);
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(TYPED);
  await server.exec(END);
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(admin.getByText("Your session has ended.")).toBeVisible();
  await logIn(admin, "admin@demo.test", "wrong");
  await expect(admin.getByText("Email and password do not match an active account.")).toBeVisible();
  await logIn(admin, "admin@demo.test");
  await expect(admin.getByText("You are logged in again.")).toBeVisible();
  await expect(admin.getByRole("dialog").getByLabel("Reason")).toHaveValue(TYPED);
});

test("what I write is kept while the page is open, until it is sent @wasm", async ({ admin, server }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  const screen = `/admin/requests?open=${number}&act=deny`;
  await admin.goto(screen);
  await expect(admin.locator("html[data-ready]")).toBeAttached();
  const reason = admin.getByRole("dialog").getByLabel("Reason");
  const kept = admin.waitForResponse((response) => response.url().endsWith("/fn/keep_draft"));
  await reason.fill("Half a sentence");
  expect((await kept).status()).toBe(200);
  await admin.reload();
  await expect(reason).toHaveValue("Half a sentence");
  await expect(admin.locator("html[data-ready]")).toBeAttached();
  await reason.fill("A whole sentence.");
  await admin.getByRole("dialog").getByRole("button", { name: "Deny Access" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  const [left] = await server.sql(`SELECT COUNT(*) AS count FROM drafts WHERE object = '${number}'`);
  expect(left.count).toBe(0);
});

test("a form of one administrator is refused under the log-in of another, and nothing is lost", async ({ admin, server }) => {
  const [{ number }] = await server.sql(LAST_STEP);
  await admin.goto(`/admin/requests?open=${number}&act=deny`);
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(TYPED);
  const other = await admin.context().newPage();
  await other.goto("/login?next=/admin/requests");
  await logIn(other, "second.admin@demo.test");
  await expect(other.getByRole("heading", { name: "Requests Queue" })).toBeVisible();
  await other.close();
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(admin.getByText("This was made for admin@demo.test, and second.admin@demo.test is logged in now. Nothing was done.")).toBeVisible();
  expect(await admin.content()).not.toContain(TYPED);
  const [before] = await server.sql(`SELECT status FROM requests WHERE number = ${number}`);
  expect(before.status).toBe(0);
  await logIn(admin, "admin@demo.test");
  await expect(admin.getByText("You are logged in again.")).toBeVisible();
  await expect(dialog.getByLabel("Reason")).toHaveValue(TYPED);
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(admin.getByRole("status").filter({ hasText: "Denied" })).toBeVisible();
  const [after] = await server.sql(`SELECT status, (SELECT p.email FROM people p JOIN decisions d ON d.actor_id = p.id WHERE d.request = r.number) AS decider FROM requests r WHERE number = ${number}`);
  expect(after).toEqual({ status: 2, decider: "admin@demo.test" });
});

test("an open page says that somebody else is logged in now @wasm", async ({ admin }) => {
  const other = await admin.context().newPage();
  await other.goto("/login?next=/admin/requests");
  await logIn(other, "second.admin@demo.test");
  await expect(other.getByRole("heading", { name: "Requests Queue" })).toBeVisible();
  await admin.bringToFront();
  await admin.evaluate(() => window.dispatchEvent(new FocusEvent("focus")));
  const notice = admin.getByRole("alert").filter({ hasText: "This page was made for admin@demo.test, and second.admin@demo.test is logged in now." });
  await expect(notice).toBeVisible();
  await notice.getByRole("link", { name: "Load it anew" }).click();
  await expect(admin.getByRole("heading", { name: "Requests Queue" })).toBeVisible();
  await expect(notice).toHaveCount(0);
  await expect(admin.getByText("second.admin@demo.test")).toBeAttached();
});

test("a message of success is told by its own page, in no other tab and not at the log-in", async ({ page, server, errors }) => {
  void errors;
  await page.goto("/account");
  await logIn(page, "member@demo.test");
  await expect(page.getByRole("heading", { name: "My account" })).toBeVisible();
  // The act is done, and its page is not loaded yet.
  const saved = await page.request.post("/account", { form: { timezone: "" }, headers: { origin: server.url }, maxRedirects: 0 });
  expect(saved.status()).toBe(303);
  const other = await page.context().newPage();
  for (const path of ["/portal", "/login"]) {
    await other.goto(path);
    await expect(other.getByText("Saved.")).toHaveCount(0);
  }
  await other.close();
  await page.goto("/account");
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "My account" })).toBeVisible();
  await expect(page.getByText("Saved.")).toHaveCount(0);
});
