import { accessible, expect, test } from "../../fixtures/test";

// Each project makes its own, because both work on one database.
const mine = (name: string) => `${name} ${test.info().project.name}`;

test("a flow is made, step by step, checked, saved, switched, copied and deleted", async ({ admin, server }) => {
  const name = mine("Story flow");
  await admin.goto("/admin/flows/new");
  await admin.getByRole("button", { name: "Save flow" }).click();
  await expect(admin.getByText("Please fill this in.").first()).toBeVisible();
  await admin.getByLabel("Name", { exact: true }).fill(name);
  await admin.getByLabel("Resource", { exact: true }).fill("GitHub");
  await admin.getByLabel("Approvers").selectOption("people");
  await admin.getByRole("button", { name: "Check" }).click();
  await expect(admin.getByText("Nobody could pass this step today.")).toBeVisible();
  await admin.getByLabel("Name or email").fill("owner@demo.test");
  await admin.getByRole("button", { name: "Add person" }).click();
  await expect(admin.getByRole("button", { name: "Remove owner@demo.test" })).toBeVisible();
  await admin.getByRole("button", { name: "Add step" }).click();
  await expect(admin.getByText("Step 2")).toBeVisible();
  await admin.getByLabel("Who could approve today, if this person asked").fill("requester@demo.test");
  await admin.getByRole("button", { name: "Check" }).click();
  await expect(admin.getByText("Checked for")).toBeVisible();
  // By keyboard: the step moves, and the focus is on a button that moves it on.
  await admin.getByRole("button", { name: "Move step 2 up" }).press("Enter");
  await expect(admin.locator("#field-step-0-kind")).toHaveValue("manager");
  await expect(admin.locator("#field-step-1-kind")).toHaveValue("people");
  await admin.getByRole("radio", { name: /^The requester chooses/ }).check();
  await admin.getByRole("textbox", { name: "Durations" }).fill("P1D tomorrow");
  await admin.getByRole("button", { name: "Save flow" }).click();
  await expect(admin.getByText("Write durations in ISO 8601")).toBeVisible();
  await expect(admin.getByRole("textbox", { name: "Durations" })).toHaveValue("P1D tomorrow");
  await admin.getByRole("textbox", { name: "Durations" }).fill("P1D P7D");
  await admin.getByRole("button", { name: "Save flow" }).click();
  await expect(admin.getByRole("heading", { name: "Approval Flows" })).toBeVisible();
  const [made] = await server.sql(
    `SELECT v.definition FROM flows f JOIN flow_versions v ON v.id = f.version_id WHERE f.name = '${name}'`,
  );
  const definition = JSON.parse(String(made.definition));
  expect(definition.steps.map((step: { approvers: unknown }) => step.approvers)[0]).toBe("manager");
  expect(definition.access).toEqual({ choices: ["P1D", "P7D"] });

  await admin.getByRole("searchbox").fill(name);
  await admin.getByRole("searchbox").press("Enter");
  await expect(admin.locator("table.list tbody tr")).toHaveCount(1);
  await admin.getByRole("switch", { name: `Disable ${name}` }).click();
  await admin.getByRole("searchbox").fill(name);
  await admin.getByRole("searchbox").press("Enter");
  await expect(admin.getByRole("switch", { name: `Enable ${name}` })).toHaveAttribute("aria-checked", "false");
  await admin.getByRole("button", { name: `Actions for ${name}` }).click();
  await admin.getByRole("button", { name: "Copy" }).click();
  await expect(admin.getByLabel("Name", { exact: true })).toHaveValue(`${name} (copy)`);
  const id = admin.url().split("/").pop();
  await admin.goto(`/admin/flows?delete=${id}`);
  await admin.getByRole("dialog").getByRole("button", { name: "Delete flow" }).click();
  await expect(admin.getByRole("dialog").locator(".field-error")).not.toBeEmpty();
  await admin.getByRole("dialog").getByLabel("Name of the flow").fill(`${name} (copy)`);
  await admin.getByRole("dialog").getByRole("button", { name: "Delete flow" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  const kinds = await server.sql(`SELECT kind FROM audit WHERE subject LIKE '${name}%' ORDER BY id`);
  expect(kinds.map((row) => row.kind)).toEqual(["flow_created", "flow_disabled", "flow_created", "flow_deleted"]);
});

test("a step is added, moved and removed without asking the server @wasm", async ({ admin }) => {
  await admin.goto("/admin/flows/new");
  await expect(admin.locator(".edit-step")).toHaveCount(1);
  await expect(admin.locator("html")).toHaveAttribute("data-ready");
  // From here on nothing is answered; what is seen is done in the browser.
  await admin.route("**/fn/**", () => {});
  await admin.getByLabel("Name", { exact: true }).fill("Typed before");
  await admin.getByRole("button", { name: "Add step" }).click();
  await expect(admin.locator(".edit-step")).toHaveCount(2);
  await expect(admin.locator("#field-step-1-kind")).toBeFocused();
  await admin.locator("#field-step-1-kind").selectOption("group");
  await admin.locator("#field-step-1-group").fill("Finance");
  await admin.getByRole("button", { name: "Move step 2 up" }).click();
  await expect(admin.locator("#field-step-0-kind")).toHaveValue("group");
  await expect(admin.locator("#field-step-0-group")).toHaveValue("Finance");
  await expect(admin.locator("#down-0")).toBeFocused();
  await admin.getByRole("button", { name: "Remove step 2" }).click();
  await expect(admin.locator(".edit-step")).toHaveCount(1);
  await expect(admin.locator("#field-step-0-kind")).toHaveValue("group");
  await expect(admin.getByLabel("Name", { exact: true })).toHaveValue("Typed before");
});

test("two admins edit one flow at once, and nothing is lost", async ({ admin, server }) => {
  const [{ id, version_id: version }] = await server.sql(
    "SELECT lower(hex(id)) AS id, hex(version_id) AS version_id FROM flows WHERE deleted_at IS NULL ORDER BY name_fold DESC LIMIT 1",
  );
  const uuid = String(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  await admin.goto(`/admin/flows/${uuid}`);
  await admin.getByLabel("Description").fill(mine("Mine"));
  await server.exec(`UPDATE flows SET description = 'Theirs', revision = revision + 1 WHERE id = x'${id}'`);
  await admin.getByRole("button", { name: "Save flow" }).click();
  await expect(admin.getByText("Somebody saved this flow while you edited it.")).toBeVisible();
  await expect(admin.getByRole("cell", { name: "Theirs" })).toBeVisible();
  await expect(admin.getByLabel("Description")).toHaveValue(mine("Mine"));
  await admin.getByRole("button", { name: "Save mine over it" }).click();
  await expect(admin.getByRole("heading", { name: "Approval Flows" })).toBeVisible();
  const [after] = await server.sql(`SELECT description, hex(version_id) AS version_id FROM flows WHERE id = x'${id}'`);
  expect(after).toEqual({ description: mine("Mine"), version_id: version });
});

for (const theme of ["light", "dark"] as const) {
  test(`the admin pages have no serious finding of axe, ${theme} @wasm`, async ({ admin }) => {
    // Twelve pages, each looked through whole.
    test.slow();
    await admin.emulateMedia({ colorScheme: theme });
    const pages = ["/admin/flows", "/admin/flows/new", "/admin/directory/people", "/admin/directory/people/new"];
    pages.push("/admin/grants", "/admin/connectors", "/admin/connectors/new", "/admin/directory/groups", "/admin/directory/resources", "/admin/directory/import", "/admin/settings", "/admin/audit");
    for (const path of pages) {
      await admin.goto(path);
      await accessible(admin);
    }
  });
}
