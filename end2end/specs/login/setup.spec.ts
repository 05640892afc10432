import { expect, logIn, test } from "../../fixtures/test";
import { Server } from "../../fixtures/server";

test("an empty Doorward is set up once, and then lets people in by printed links", async ({ page, errors }) => {
  void errors;
  const server = await Server.start(0);
  try {
    await page.goto(`${server.url}/setup`);
    await page.getByLabel("Your name").fill("Ada Admin");
    await page.getByLabel("Email").fill("ada@example.test");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Set up Doorward" }).click();
    await expect(page.getByText("Too short: at least 15 characters.")).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue("ada@example.test");
    await page.getByLabel("Password").fill("the quiet otter reads");
    await page.getByRole("button", { name: "Set up Doorward" }).click();
    await expect(page.getByRole("heading", { name: "Requests Queue" })).toBeVisible();
    await page.goto(`${server.url}/setup`);
    await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();

    // A second administrator, by the command; and the first one again, who forgot the password.
    for (const args of [["admin", "create", "ben@example.test"], ["link", "ada@example.test"]]) {
      const said = await server.command(...args);
      await page.context().clearCookies();
      await page.goto(/http\S+/.exec(said)?.[0] ?? "");
      await page.getByLabel("New password", { exact: true }).fill("vier Dachziegel im Mai");
      await page.getByLabel("New password again").fill("vier Dachziegel im Mai");
      await page.getByRole("button", { name: "Set password and log in" }).click();
      await expect(page).not.toHaveURL(/login/);
      await page.context().clearCookies();
      await page.goto(`${server.url}/login?next=/admin/requests`);
      await logIn(page, args.at(-1) ?? "", "vier Dachziegel im Mai");
      await expect(page.getByRole("heading", { name: "Requests Queue" })).toBeVisible();
    }
  } finally {
    await server.stop();
  }
});
