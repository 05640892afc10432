import { expect, type Locator, type Page } from "@playwright/test";

/** The Requests Queue, as a person sees it. */
export class Queue {
  constructor(readonly page: Page) {}

  tab(name: "Administrator" | "Others"): Locator {
    return this.page.getByRole("navigation", { name: "Requests" }).getByRole("link", { name: new RegExp(`^${name}`) });
  }

  async count(name: "administrator" | "others"): Promise<number> {
    return Number(await this.page.getByTestId(`count-${name}`).textContent());
  }

  get rows(): Locator {
    return this.page.locator("table.queue > tbody > tr:not(.detail-row)");
  }

  get chips(): Locator {
    return this.page.getByRole("group", { name: "Applied filters" });
  }

  row(number: number): Locator {
    return this.rows.filter({ has: this.page.locator(`#row-${number}`) });
  }

  /** The number of a row. */
  async number(row: Locator): Promise<number> {
    const id = await row.locator(".arrow").getAttribute("id");
    return Number(id?.replace("row-", ""));
  }

  async expand(number: number): Promise<Locator> {
    await this.page.locator(`#row-${number}`).click();
    const detail = this.page.locator(".detail-row");
    await expect(detail.getByRole("heading", { name: "Approval Progress" })).toBeVisible();
    return detail;
  }

  /** The three dots of a row. */
  async menu(number: number): Promise<Locator> {
    await this.row(number).getByRole("button", { name: `Actions for request ${number}` }).click();
    return this.page.locator(`#menu-${number}`);
  }

  async filter(change: (form: Locator) => Promise<void>): Promise<void> {
    await this.page.locator("details.filter > summary").click();
    const form = this.page.locator("form.filter-form");
    await change(form);
    await form.getByRole("button", { name: "Apply" }).click();
  }
}
