import { accessible, expect, test } from "../../fixtures/test";
import { Queue } from "../../pages/queue";

test("opens on Manual and Pending, with counters that can be counted", async ({ admin, server }) => {
  const queue = new Queue(admin);
  await expect(queue.chips).toContainText("Manual");
  await expect(queue.chips).toContainText("Pending");
  const found = await server.sql("SELECT lane, COUNT(*) AS n FROM requests WHERE status = 0 AND in_flight = 0 GROUP BY lane ORDER BY lane");
  expect(await queue.count("administrator")).toBe(found[0].n);
  expect(await queue.count("others")).toBe(found[1].n);
});

test("Others shows what waits on assigned approvers, and can be linked to", async ({ admin }) => {
  const queue = new Queue(admin);
  await queue.tab("Others").click();
  await expect(queue.tab("Others")).toHaveAttribute("aria-current", "page");
  await expect(admin).toHaveURL(/tab=others/);
  await expect(queue.rows.first()).toContainText("Pending");
});

test("the x of a chip removes one filter, Clear All removes all", async ({ admin }) => {
  const queue = new Queue(admin);
  await queue.chips.getByRole("link", { name: "Remove filter Status" }).click();
  await expect(queue.chips).not.toContainText("Pending");
  await expect(queue.chips).toContainText("Manual");
  await expect(admin).toHaveURL(/status=(&|$)/);
  await queue.chips.getByRole("link", { name: "Clear All" }).click();
  await expect(queue.chips).toContainText("No filter");
  await expect(queue.rows).toHaveCount(50);
});

test("each filter of the dropdown applies", async ({ admin, server }) => {
  const queue = new Queue(admin);
  const [someone] = await server.sql("SELECT requester_email AS email, requester_name AS name FROM requests WHERE lane = 0 AND status = 1 AND approval_type = 0 LIMIT 1");
  await queue.filter(async (form) => {
    await form.getByLabel("Pending").uncheck();
    await form.getByLabel("Approved").check();
    await form.getByLabel("Automatic").check();
    await form.getByLabel("Requester name").fill(String(someone.email));
  });
  await expect(queue.chips).toContainText(String(someone.name));
  await expect(queue.chips).toContainText("Approved");
  const [expected] = await server.sql(
    `SELECT COUNT(*) AS n FROM requests WHERE lane = 0 AND status = 1 AND requester_email = '${someone.email}'`,
  );
  await expect(queue.rows).toHaveCount(Number(expected.n));
  await queue.filter(async (form) => {
    await form.getByLabel("Requester name").fill("");
    await form.getByLabel("From").fill("2000-01-01");
    await form.getByLabel("To", { exact: true }).fill("2000-01-02");
  });
  await expect(admin.getByText("Nothing found")).toBeVisible();
});

test("a query that cannot be read is dropped with a notice, and refused by the export", async ({ admin }) => {
  await admin.goto("/admin/requests?status=wrong&size=7&tab=others");
  await expect(admin.getByText("status=wrong, size=7")).toBeVisible();
  const answer = await admin.request.get("/admin/requests/export.csv?status=wrong");
  expect(answer.status()).toBe(422);
});

test("search finds regardless of case and accents", async ({ admin, server }) => {
  const [one] = await server.sql("SELECT number, resource_name AS name, requester_name AS person FROM requests WHERE lane = 0 ORDER BY number DESC LIMIT 1");
  const queue = new Queue(admin);
  await admin.goto(`/admin/requests?status=&type=&q=${encodeURIComponent(String(one.person).toUpperCase())}`);
  await expect(queue.row(Number(one.number))).toBeVisible();
});

test("search as you type @wasm", async ({ admin, server }) => {
  const queue = new Queue(admin);
  const [one] = await server.sql("SELECT number FROM requests WHERE lane = 0 AND status = 0 AND approval_type = 0 ORDER BY number DESC LIMIT 1");
  await admin.getByRole("searchbox", { name: "Search requests" }).pressSequentially(String(one.number));
  await expect(queue.rows).toHaveCount(1);
  await expect(queue.row(Number(one.number))).toBeVisible();
  await expect(admin.getByRole("searchbox", { name: "Search requests" })).toBeFocused();
});

test("sorts both ways and pages on by cursor", async ({ admin }) => {
  const queue = new Queue(admin);
  await admin.goto("/admin/requests?status=&type=&size=25&sort=requester");
  const names = () => queue.rows.locator("td:nth-child(2) .name").allTextContents();
  const first = await names();
  const plain = (list: string[]) => list.map((name) => name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase());
  expect(plain(first)).toEqual(plain(first).toSorted());
  await admin.getByRole("link", { name: "Requester" }).click();
  await expect(admin).toHaveURL(/sort=-requester/);
  await expect(queue.rows.first().locator("td:nth-child(2) .name")).not.toHaveText(first[0]);
  const last = await names();
  expect(plain(last)).toEqual(plain(last).toSorted().reverse());
  await admin.goto("/admin/requests?status=&type=&size=25&sort=requester");
  await admin.getByRole("link", { name: "Next page" }).click();
  await expect(admin).toHaveURL(/after=/);
  await expect(queue.rows.first().locator("td:nth-child(2) .name")).not.toHaveText(first[0]);
  await admin.getByRole("link", { name: "First page" }).click();
  await expect(admin).not.toHaveURL(/after=/);
});

for (const theme of ["light", "dark"] as const) {
  test(`has no serious finding of axe, ${theme} @wasm`, async ({ admin }) => {
    await admin.emulateMedia({ colorScheme: theme });
    await accessible(admin);
    const queue = new Queue(admin);
    const number = await queue.number(queue.rows.first());
    await queue.expand(number);
    await accessible(admin);
    await admin.locator(".detail-row").getByRole("button", { name: "Deny Access" }).click();
    await expect(admin.getByRole("dialog")).toBeVisible();
    await accessible(admin);
  });
}

test("the x of every kind of chip removes that filter alone", async ({ admin, server }) => {
  const [one] = await server.sql("SELECT requester_email AS email FROM requests WHERE lane = 0 ORDER BY number DESC LIMIT 1");
  const all = `/admin/requests?type=manual&status=approved,denied&requester=${one.email}&from=2020-01-01&to=2030-01-01&q=a`;
  const queue = new Queue(admin);
  for (const label of ["Approval type", "Status", "Requester", "Date", "Search"]) {
    await admin.goto(all);
    await queue.chips.getByRole("link", { name: `Remove filter ${label}` }).click();
    await expect(queue.chips.getByRole("link", { name: `Remove filter ${label}` })).toHaveCount(0);
    await expect(queue.chips.getByRole("link", { name: /^Remove filter/ })).toHaveCount(4);
  }
});

test("a filter from a later to an earlier day is told, and what was chosen stays", async ({ admin }) => {
  const queue = new Queue(admin);
  await queue.filter(async (form) => {
    await form.getByLabel("From").fill("2026-02-02");
    await form.getByLabel("To", { exact: true }).fill("2026-01-01");
  });
  await expect(admin.getByText("Left out of the filter: to=2026-01-01.")).toBeVisible();
  await expect(admin.locator("#filter-from")).toHaveValue("2026-02-02");
});

test("the requester is found by name, where only one has it", async ({ admin, server }) => {
  const [someone] = await server.sql(
    "SELECT p.name, p.email FROM people p JOIN requests r ON r.requester_id = p.id WHERE r.lane = 0 AND r.status = 0 " +
      "AND r.approval_type = 0 AND (SELECT COUNT(*) FROM people q WHERE q.name_fold LIKE p.name_fold || '%') = 1 LIMIT 1",
  );
  const queue = new Queue(admin);
  await queue.filter((form) => form.getByLabel("Requester name").fill(String(someone.name)));
  await expect(queue.chips).toContainText(String(someone.name));
  await queue.filter((form) => form.getByLabel("Requester name").fill("Nobody Of This Name"));
  await expect(admin.getByText("Nobody Of This Name is not one person: choose one from the list.")).toBeVisible();
});

test("nothing is cut off on a narrow screen @wasm", async ({ admin }) => {
  await admin.setViewportSize({ width: 360, height: 740 });
  const admins = ["requests", "requests?tab=others", "flows", "flows/new", "grants", "connectors/new", "settings", "audit"];
  const directory = ["people", "people/new", "groups", "resources", "import"].map((page) => `directory/${page}`);
  const own = ["/account", "/portal", "/portal/requests", "/portal/approvals"];
  for (const path of [...[...admins, ...directory].map((page) => `/admin/${page}`), ...own]) {
    await admin.goto(path);
    await expect(admin.getByRole("heading", { level: 1 }).first()).toBeVisible();
    expect(await admin.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360);
  }
});
