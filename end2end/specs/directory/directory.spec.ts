import { expect, test } from "../../fixtures/test";

const mine = (name: string) => `${name} ${test.info().project.name}`;

test("a person is made, corrected, and deactivated with what follows spelled out", async ({ admin, server }) => {
  const email = `story.${test.info().project.name}@demo.test`;
  await admin.goto("/admin/directory/people/new");
  await admin.getByLabel("Name", { exact: true }).fill(mine("Story Person"));
  await admin.getByLabel("Email").fill("requester@demo.test");
  await admin.getByLabel("Manager").fill("nobody@demo.test");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Somebody has this address already.")).toBeVisible();
  await expect(admin.getByText("Nobody has this address.")).toBeVisible();
  await expect(admin.getByLabel("Name", { exact: true })).toHaveValue(mine("Story Person"));
  await admin.getByLabel("Email").fill(email);
  await admin.getByLabel("Manager").fill("manager@demo.test");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByRole("heading", { name: "People" })).toBeVisible();
  await server.mail.waitFor(email, /Your Doorward account/);

  await admin.getByRole("searchbox").fill(email);
  await admin.getByRole("searchbox").press("Enter");
  await admin.getByRole("link", { name: mine("Story Person") }).click();
  await admin.getByRole("link", { name: "Deactivate…" }).click();
  await expect(admin.getByRole("dialog")).toContainText("Open requests that are Canceled: none");
  await admin.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  const [after] = await server.sql(`SELECT active FROM people WHERE email = '${email}'`);
  expect(after.active).toBe(0);
});

test("the last admin stays one", async ({ admin, server }) => {
  await server.exec("UPDATE people SET admin = 0 WHERE email = 'second.admin@demo.test'");
  try {
    const [{ id }] = await server.sql("SELECT lower(hex(id)) AS id FROM people WHERE email = 'admin@demo.test'");
    await admin.goto(`/admin/directory/people/${String(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}`);
    await admin.getByLabel("Administrator").uncheck();
    await admin.getByRole("button", { name: "Save" }).click();
    await expect(admin.getByText("This is the last active administrator")).toBeVisible();
  } finally {
    await server.exec("UPDATE people SET admin = 1 WHERE email = 'second.admin@demo.test'");
  }
});

test("a group gets a member by hand, and stays while it is used", async ({ admin, server }) => {
  const name = mine("Story group");
  await admin.goto("/admin/directory/groups/new");
  await admin.getByLabel("Name", { exact: true }).fill(name);
  await admin.getByRole("button", { name: "Save" }).click();
  await admin.getByRole("searchbox").fill(name);
  await admin.getByRole("searchbox").press("Enter");
  await admin.getByRole("link", { name }).click();
  await admin.getByLabel("Email").fill("nobody@demo.test");
  await admin.getByRole("button", { name: "Add member" }).click();
  await expect(admin.getByText("Nobody has this address.")).toBeVisible();
  await admin.getByLabel("Email").fill("member@demo.test");
  await admin.getByRole("button", { name: "Add member" }).click();
  await expect(admin.getByRole("cell", { name: "member@demo.test" })).toBeVisible();
  await admin.getByRole("link", { name: "Delete…" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Delete group" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);

  const [{ id }] = await server.sql("SELECT lower(hex(group_id)) AS id FROM resource_groups LIMIT 1");
  await admin.goto(`/admin/directory/groups/${String(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}?act=delete`);
  await expect(admin.getByRole("dialog")).toContainText("It is used, so it cannot be deleted.");
  await expect(admin.getByRole("dialog").getByRole("button", { name: "Delete group" })).toHaveCount(0);
});

test("an import shows what would change, and then changes it", async ({ admin, server }) => {
  const email = `import.${test.info().project.name}@demo.test`;
  const file = (text: string) => ({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await admin.goto("/admin/directory/import");
  await admin.getByLabel("File", { exact: true }).setInputFiles(file(`email,name\n${email},Imported\nbroken,X\n`));
  await admin.getByRole("button", { name: "Show what would change" }).click();
  await expect(admin.getByText("line 3, column 1 (email)")).toBeVisible();
  await admin.getByLabel("File", { exact: true }).setInputFiles(file(`email,name\n${email},Imported\n`));
  await admin.getByRole("button", { name: "Show what would change" }).click();
  await expect(admin.getByText("1 new, 0 changed")).toBeVisible();
  expect(await server.sql(`SELECT 1 FROM people WHERE email = '${email}'`)).toHaveLength(0);
  await admin.getByRole("button", { name: "Import this" }).click();
  await expect(admin.getByText("Imported: 1 new, 0 changed")).toBeVisible();
  expect(await server.sql(`SELECT 1 FROM people WHERE email = '${email}'`)).toHaveLength(1);
});
