import { expect, test } from "../../fixtures/test";
import { Queue } from "../../pages/queue";

test("the address follows the menu, so that Back, Forward and Reload lead where one was", async ({ admin }) => {
  const menu = admin.getByRole("navigation", { name: "Admin portal" });
  for (const [link, heading, path] of [["Approval Flows", "Approval Flows", "/admin/flows"], ["Messages", "Messages", "/admin/messages"]]) {
    await menu.getByRole("link", { name: link }).click();
    await expect(admin.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expect(admin).toHaveURL((url) => url.pathname === path);
  }
  await admin.reload();
  await expect(admin.getByRole("heading", { level: 1, name: "Messages" })).toBeVisible();
  await admin.goBack();
  await expect(admin.getByRole("heading", { level: 1, name: "Approval Flows" })).toBeVisible();
  await expect(admin).toHaveURL((url) => url.pathname === "/admin/flows");
  await admin.goBack();
  await expect(admin.getByRole("heading", { name: "Requests Queue" })).toBeVisible();
  await expect(admin).toHaveURL((url) => url.pathname === "/admin/requests");
  await admin.goForward();
  await expect(admin.getByRole("heading", { level: 1, name: "Approval Flows" })).toBeVisible();
});

test("the focus is never lost to the page @wasm", async ({ admin }) => {
  const queue = new Queue(admin);
  const number = await queue.number(queue.rows.nth(1));
  const arrow = admin.locator(`#row-${number}`);
  // Out of a second screen, to the row it was about.
  for (const act of ["Grant Access", "Deny Access"]) {
    await queue.row(number).getByRole("button", { name: `Actions for request ${number}` }).focus();
    await admin.keyboard.press("Enter");
    await admin.locator(`#menu-${number}`).getByRole("link", { name: act }).focus();
    await admin.keyboard.press("Enter");
    await expect(admin.getByRole("dialog")).toBeVisible();
    await admin.keyboard.press("Escape");
    await expect(admin.getByRole("dialog")).toHaveCount(0);
    await expect(arrow).toBeFocused();
  }
  // On a tab, a column's head, what is left of the chips, the filter.
  await queue.tab("Others").focus();
  await admin.keyboard.press("Enter");
  await expect(queue.tab("Others")).toHaveAttribute("aria-current", "page");
  await expect(queue.tab("Others")).toBeFocused();
  const head = admin.locator("table.queue thead").getByRole("link", { name: "Resource" });
  await head.focus();
  await admin.keyboard.press("Enter");
  await expect(admin.locator("table.queue thead [aria-sort]")).toHaveText("Resource");
  await expect(head).toBeFocused();
  await queue.chips.getByRole("link", { name: "Remove filter Approval type" }).focus();
  await admin.keyboard.press("Enter");
  await expect(queue.chips).not.toContainText("Manual");
  await expect(queue.chips.getByRole("link", { name: "Remove filter Status" })).toBeFocused();
  await admin.locator("details.filter > summary").focus();
  await admin.keyboard.press("Enter");
  await admin.locator("form.filter-form").getByLabel("From").fill("2000-01-01");
  await admin.locator("form.filter-form").getByRole("button", { name: "Apply" }).focus();
  await admin.keyboard.press("Enter");
  await expect(queue.chips).toContainText("from 2000-01-01");
  await expect(admin.locator("details.filter > summary")).toBeFocused();
  // On another page it begins with what the page is about.
  await admin.getByRole("navigation", { name: "Admin portal" }).getByRole("link", { name: "Approval Flows" }).focus();
  await admin.keyboard.press("Enter");
  await expect(admin.getByRole("heading", { level: 1, name: "Approval Flows" })).toBeVisible();
  await expect(admin.locator("#main")).toBeFocused();
});
