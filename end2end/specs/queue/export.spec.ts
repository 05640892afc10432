import { expect, test } from "../../fixtures/test";

test("both exports hold exactly what the tab shows", async ({ admin, server }) => {
  const query = "tab=others&status=approved,denied&type=";
  const rows = await server.sql("SELECT number FROM requests WHERE lane = 1 AND status IN (1, 2) ORDER BY submitted_at DESC, number DESC");
  const json = await (await admin.request.get(`/admin/requests/export.json?${query}`)).json();
  expect(json.map((row: { number: number }) => row.number)).toEqual(rows.map((row) => row.number));
  expect(Object.keys(json[0])).toEqual([
    "number", "status", "lane", "approval_type", "requester", "email", "department", "manager", "resource", "flow", "flow_version",
    "group", "reason", "requested_duration", "granted_duration", "submitted", "decided", "decided_by", "decision_reason",
    "next_steps", "overridden", "expires", "access_ends", "steps", "votes",
  ]);
  const csv = await (await admin.request.get(`/admin/requests/export.csv?${query}`)).text();
  const lines = csv.trimEnd().split("\r\n");
  expect(lines).toHaveLength(rows.length + 1);
  expect(lines[1].split(",")[0]).toBe(String(rows[0].number));
  const audited = await server.sql("SELECT kind FROM audit WHERE kind = 'export_made'");
  expect(audited.length).toBeGreaterThanOrEqual(2);
});

test("the default of an export is the default of the page", async ({ admin, server }) => {
  const rows = await server.sql("SELECT number FROM requests WHERE lane = 0 AND status = 0 AND approval_type = 0");
  const json = await (await admin.request.get("/admin/requests/export.json")).json();
  expect(json).toHaveLength(rows.length);
});

/** Fields of RFC 4180. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows[rows.length - 1].push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
    if (end === "") break;
  }
  return rows.filter((row) => row.length > 1);
}

test("by the menu: values and search as in the database", async ({ admin, server }) => {
  await admin.goto("/admin/requests?status=denied&type=&q=github");
  const rows = await server.sql(
    "SELECT number, requester_name AS requester, requester_email AS email, resource_name AS resource, reason, decided_by, decision_reason FROM requests " +
      "WHERE lane = 0 AND status = 2 AND lower(resource_name || flow_name || reason || requester_name) LIKE '%github%' ORDER BY number DESC",
  );
  expect(rows.length).toBeGreaterThan(0);
  const read = async (name: string) => {
    await admin.getByRole("button", { name: "Export" }).click();
    const link = admin.getByRole("link", { name, exact: true });
    return (await admin.request.get(String(await link.getAttribute("href")))).text();
  };
  const keys = ["number", "requester", "email", "resource", "reason", "decided_by", "decision_reason"] as const;
  const wanted = rows.map((row) => keys.map((key) => String(row[key])));
  const json = JSON.parse(await read("JSON")) as Record<string, unknown>[];
  expect(json.map((row) => keys.map((key) => String(row[key] ?? "")))).toEqual(wanted);
  await admin.reload();
  const [head, ...lines] = csvRows(await read("CSV"));
  const places = keys.map((key) => head.indexOf(key));
  expect(lines.map((line) => places.map((place) => line[place].replace(/^'(?=[=+\-@\t\r])/, "")))).toEqual(wanted);
});
