import { accessible, expect, hydrated, link, logIn, test } from "../../fixtures/test";

test("submit, mail, button, log-in, the request, grant, second mail, Applications", async ({ page, server, browser, errors }) => {
  void errors;
  const resource = test.info().project.name === "wasm-on" ? "GitHub" : "Vault";
  // A flow that an administrator alone decides.
  const [flow] = await server.sql(
    "SELECT q.name AS resource FROM flows f JOIN flow_versions v ON v.id = f.version_id JOIN resources q ON q.id = f.resource_id " +
      "WHERE json_array_length(v.definition, '$.steps') = 1 AND json_extract(v.definition, '$.steps[0].approvers') = 'administrator' " +
      "AND q.id NOT IN (SELECT resource_id FROM requests r JOIN people p ON p.id = r.beneficiary_id WHERE p.email = 'requester@demo.test') " +
      "ORDER BY q.name LIMIT 1",
  );
  const name = String(flow?.resource ?? resource);
  await page.goto("/portal/requests");
  await logIn(page, "requester@demo.test");
  await expect(page.getByRole("heading", { name: "Ask for access" })).toBeVisible();
  const tile = page.locator("article.tile").filter({ has: page.getByRole("heading", { name, exact: true }) }).first();
  await tile.getByRole("link", { name: `Select ${name}` }).click();
  const ask = page.getByRole("dialog");
  await ask.getByLabel("Reason").fill(`I need ${name} for the loop.`);
  if (await ask.locator("select").count()) await ask.locator("select").selectOption({ index: 0 });
  await ask.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText(/Request #\d+ is on its way/)).toBeVisible();

  const mail = await server.mail.waitFor("admin@demo.test", new RegExp(`^Your decision: ${name} for `));
  const button = link(mail, "Admin Portal Login");
  const admin = await (await browser.newContext({ baseURL: server.url, javaScriptEnabled: test.info().project.name === "wasm-on" })).newPage();
  await admin.goto(button);
  await logIn(admin, "admin@demo.test");
  await expect(admin).toHaveURL(button);
  await expect(admin.getByText(`I need ${name} for the loop.`)).toBeVisible();
  await admin.locator(".acts").getByRole("button", { name: "Grant Access" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Grant Access" }).click();
  await expect(admin.locator("body")).toContainText("Approved");
  await admin.context().close();

  await server.mail.waitFor("requester@demo.test", new RegExp(`^Granted: ${name}`));
  await page.goto("/portal");
  await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
});

test("an assigned approver votes in the portal", async ({ page, server, errors }) => {
  void errors;
  await page.goto("/portal/approvals");
  await logIn(page, "manager@demo.test");
  await expect(page.getByRole("heading", { name: "Waiting for your approval" })).toBeVisible();
  const waiting = page.locator("details.approval");
  const before = await waiting.count();
  expect(before).toBeGreaterThan(0);
  const number = Number((await waiting.first().getAttribute("id"))?.replace("approval-", ""));
  await waiting.first().locator("> summary").click();
  await waiting.first().getByRole("link", { name: "Deny…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("link", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
  await page.locator(`#approval-${number}`).getByRole("link", { name: "Deny…" }).click();
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(page.getByText("Write why, so that others know what to do next.")).toBeVisible();
  await dialog.getByLabel("Reason").fill("Not this quarter.");
  await dialog.getByRole("button", { name: "Deny Access" }).click();
  await expect(page.getByText(`You denied request #${number}`)).toBeVisible();
  const [after] = await server.sql(`SELECT status FROM requests WHERE number = ${number}`);
  expect(after.status).toBe(2);
});

test("the admin portal is not open to others", async ({ page, errors }) => {
  void errors;
  await page.goto("/admin/requests");
  await logIn(page, "requester@demo.test");
  await expect(page.getByRole("heading", { name: "This is not open to you" })).toBeVisible();
});

test("asking, what is wrong, and withdrawing without a reload @wasm", async ({ page, errors }) => {
  void errors;
  await page.goto("/portal/requests");
  await logIn(page, "requester@demo.test");
  await expect(page.getByRole("heading", { name: "Ask for access" })).toBeVisible();
  await hydrated(page);
  await page.evaluate(() => ((window as unknown as { kept: boolean }).kept = true));
  const tile = page.locator("article.tile").filter({ has: page.getByRole("link", { name: /^Select / }) }).last();
  const name = String(await tile.getByRole("heading").textContent());
  await page.getByLabel("Search what you need").fill(name);
  await expect(page.locator("article.tile:visible").first()).toContainText(name);
  await tile.getByRole("link", { name: /^Select / }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Reason")).toBeFocused();
  await dialog.getByRole("button", { name: "Continue" }).click();
  await expect(dialog.getByText("Write why, so that others know what to do next.")).toBeVisible();
  await expect(dialog.getByLabel("Reason")).toBeFocused();
  // What was searched for is still searched for.
  await expect(page.getByLabel("Search what you need")).toHaveValue(name);
  await dialog.getByLabel("Reason").fill("For the story FIN-7, INC-7, SEC-7.");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText(/Request #\d+ is on its way|You have access to .+ now/)).toBeVisible();
  await expect(page).toHaveURL(/new=\d+$/);
  const number = /new=(\d+)/.exec(page.url())?.[1];
  const mine = page.locator(`#request-${number}`);
  await expect(mine).toContainText(name);
  await expect(mine).toBeFocused();
  const withdraw = mine.getByRole("link", { name: `Withdraw request ${number}` });
  if (await withdraw.count()) {
    await withdraw.click();
    await dialog.getByRole("link", { name: "Keep it" }).click();
    await expect(dialog).toHaveCount(0);
    await withdraw.click();
    await dialog.getByRole("button", { name: "Withdraw" }).click();
    await expect(mine).toContainText("Withdrawn by you");
  }
  expect(await page.evaluate(() => (window as unknown as { kept: boolean }).kept)).toBe(true);
});

for (const theme of ["light", "dark"] as const) {
  test(`the portal has no serious finding of axe, ${theme} @wasm`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto("/portal/approvals");
    await logIn(page, "owner@demo.test");
    for (const [path, heading] of [
      ["/portal/approvals", "Waiting for your approval"],
      ["/portal/requests", "Ask for access"],
      ["/portal", "Applications"],
      ["/account", "My account"],
      ["/account/password", "Change your password"],
    ] as const) {
      await page.goto(path);
      await expect(page.getByRole("heading", { name: heading })).toBeVisible();
      await accessible(page);
    }
  });
}

test("an approver approves on a screen that says what it gives", async ({ page, server, errors }) => {
  void errors;
  await page.goto("/portal/approvals");
  await logIn(page, "owner@demo.test");
  const waiting = page.locator("details.approval").first();
  const number = Number((await waiting.getAttribute("id"))?.replace("approval-", ""));
  await waiting.locator("> summary").click();
  for (const part of ["Requester", "Manager", "Gives", "Decide by"]) await expect(waiting.getByText(part, { exact: true })).toBeVisible();
  await waiting.getByRole("link", { name: "Approve…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(/last approval that is needed|Others must agree too/)).toBeVisible();
  await dialog.getByLabel("Comment").fill("Fine with me.");
  await dialog.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText(`You approved request #${number}.`)).toBeVisible();
  const [vote] = await server.sql(`SELECT verdict, comment FROM votes v JOIN people p ON p.id = v.person_id WHERE request = ${number} AND p.email = 'owner@demo.test'`);
  expect(vote).toEqual({ verdict: 0, comment: "Fine with me." });
});

test("a reason typed when the session was over is there again after the log-in", async ({ page, server, errors }) => {
  void errors;
  await page.goto("/portal/requests");
  await logIn(page, "requester@demo.test");
  await expect(page.getByRole("heading", { name: "Ask for access" })).toBeVisible();
  await page.locator("article.tile").getByRole("link", { name: /^Select / }).nth(3).click();
  const ask = page.getByRole("dialog");
  const title = String(await ask.getByRole("heading").textContent());
  await ask.getByLabel("Reason").fill("Typed with care, FIN-7 INC-7 SEC-7.");
  await server.exec("DELETE FROM sessions WHERE person_id = (SELECT id FROM people WHERE email = 'requester@demo.test')");
  await ask.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await logIn(page, "requester@demo.test");
  await expect(page.getByText("You are logged in again.")).toBeVisible();
  await expect(ask.getByRole("heading")).toHaveText(title);
  await expect(ask.getByLabel("Reason")).toHaveValue("Typed with care, FIN-7 INC-7 SEC-7.");
});

test("my time zone is mine to set", async ({ page, server, errors }) => {
  void errors;
  await page.goto("/account");
  await logIn(page, "member@demo.test");
  await page.getByLabel("Time zone").fill("Mars/Olympus");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("There is no such time zone.")).toBeVisible();
  await expect(page.getByLabel("Time zone")).toHaveValue("Mars/Olympus");
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  const [me] = await server.sql("SELECT timezone FROM people WHERE email = 'member@demo.test'");
  expect(me.timezone).toBe("Europe/Berlin");
});
