import { expect, test } from "../../fixtures/test";
import { Queue } from "../../pages/queue";

test("when the browser's half breaks, the page loads anew and goes on by links and forms @wasm", async ({ admin, errors }) => {
  // A page that is not the one that the server rendered: hydration panics.
  let broken = 0;
  await admin.route("**/admin/requests?tab=others", async (route) => {
    const response = await route.fetch();
    const body = await response.text();
    broken += 1;
    await route.fulfill({ response, body: broken === 1 ? body.replace(/<main[\s\S]*<\/main>/, "<main>") : body });
  });
  await admin.goto("/admin/requests?tab=others", { waitUntil: "commit" });
  const queue = new Queue(admin);
  await expect(queue.rows.first()).toBeVisible();
  expect(broken).toBe(2);
  await expect(admin.locator("html[data-ready]")).toHaveCount(0);
  const number = await queue.number(queue.rows.first());
  await admin.locator(`#row-${number}`).click();
  await expect(admin).toHaveURL(new RegExp(`open=${number}`));
  await expect(admin.locator(".detail-row")).toContainText("Reason for request");
  // The panic was told to the console, and it alone.
  expect(errors.splice(0).join("\n")).toContain("panicked");
});
