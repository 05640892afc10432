import { accessible, expect, logIn, test } from "../../fixtures/test";

test("a wrong password says no more than that", async ({ page }) => {
  await page.goto("/login");
  await logIn(page, "nobody@demo.test", "wrong");
  await expect(page.getByText("Email and password do not match an active account.")).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue("nobody@demo.test");
});

test("a forgotten password is set by a link that works once", async ({ page, server }) => {
  const [person] = await server.sql("SELECT email FROM people WHERE active = 1 AND email LIKE '%@demo.test' AND id NOT IN (SELECT person_id FROM credentials) ORDER BY email LIMIT 1 OFFSET " + (test.info().project.name === "wasm-on" ? 0 : 1));
  await page.goto("/login/forgot");
  await page.getByLabel("Email").fill(String(person.email));
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText("a link is on its way")).toBeVisible();
  const mail = await server.mail.waitFor(String(person.email), /Set a new password/);
  const href = /http\S+login\/link\/\S+/.exec(mail.text ?? "")?.[0] ?? "";
  await page.goto(href);
  await page.getByLabel("New password", { exact: true }).fill("short");
  await page.getByLabel("New password again").fill("short");
  await page.getByRole("button", { name: "Set password and log in" }).click();
  await expect(page.getByText("Too short: at least 15 characters.")).toBeVisible();
  await page.getByLabel("New password", { exact: true }).fill("the quiet otter reads");
  await page.getByLabel("New password again").fill("the quiet otter reads");
  await page.getByRole("button", { name: "Set password and log in" }).click();
  await expect(page).toHaveURL(/\/portal$/);
  await page.goto(href);
  await expect(page.getByText("This link was used already")).toBeVisible();
});

test("log out ends the session", async ({ page, server }) => {
  await page.goto("/login");
  await logIn(page, "owner@demo.test");
  await expect(page).toHaveURL(`${server.url}/portal`);
  const cookies = await page.context().cookies();
  await page.getByRole("button", { name: /Account of/ }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.context().addCookies(cookies);
  await page.goto("/portal");
  await expect(page).toHaveURL(/\/login\?next/);
});

test("the log-in page has no serious finding of axe @wasm", async ({ page }) => {
  await page.goto("/login");
  await accessible(page);
});

test("who is logged in keeps the frame where nothing is", async ({ admin }) => {
  await admin.goto("/admin/requests/99999999");
  await expect(admin.getByRole("heading", { name: "There is no request #99999999" })).toBeVisible();
  await expect(admin.getByRole("navigation", { name: "Admin portal" })).toBeVisible();
  await admin.getByRole("link", { name: "Open the Requests Queue" }).click();
  await expect(admin.getByRole("heading", { name: "Requests Queue" })).toBeVisible();
  await admin.goto("/portal/nowhere");
  await expect(admin.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await expect(admin.getByRole("navigation", { name: "User portal" })).toBeVisible();
});

test("an empty current password is marked, and the log-in is a step away", async ({ admin }) => {
  await admin.goto("/account/password");
  await admin.getByRole("button", { name: "Change password" }).click();
  await expect(admin.getByLabel("Current password")).toHaveAttribute("aria-invalid", "true");
  await admin.goto("/login/forgot");
  await admin.getByRole("link", { name: "Back to log in" }).click();
  await expect(admin).toHaveURL(/\/login$/);
});
