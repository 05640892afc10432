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
