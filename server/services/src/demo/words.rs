//! The names, things and sentences of the demo company. Made up.

pub(super) const FIRST: &[&str] = &[
    "Lena", "Tomás", "Priya", "Jonas", "Mei", "Omar", "Sofia", "Hugo", "Nadia", "Ada", "Björn", "Keiko", "Amara", "Luca", "Ingrid",
    "Rafael", "Chloé", "Dmitri", "Fatima", "George", "Hana", "Ivan", "Julia", "Karim", "Leïla", "Marek", "Nora", "Oskar", "Paula",
    "Quentin", "Rosa", "Samir", "Thea", "Umar", "Vera", "Wanda", "Xavier", "Yuki", "Zoë", "Anders", "Beatriz", "Célia", "Diego",
    "Elif", "Farid", "Greta", "Henrik", "Isla", "Jakub", "Katrin", "Liam", "Maja", "Niklas", "Olga", "Pietro", "Ruth", "Søren", "Tuğba",
];

pub(super) const LAST: &[&str] = &[
    "Marsh", "Iglesias", "Kapoor", "Berg", "Chen", "Aziz", "Rossi", "Voss", "Amari", "Okafor", "Lind", "Sato", "Diallo", "Moretti",
    "Haugen", "Costa", "Laurent", "Petrov", "Rahman", "Hughes", "Novák", "Fischer", "Haddad", "Benali", "Kowalski", "Nilsson", "Weber",
    "Santos", "Dubois", "Ortiz", "Khan", "Larsen", "Popescu", "Horváth", "Müller", "Tanaka", "Ferrari", "Jensen", "Silva", "Yılmaz",
    "Nowak", "Schmidt", "O'Brien", "van Dijk", "Lindqvist", "Papadopoulos", "Ivanova", "Mensah", "Nguyen", "Park", "Łukaszewicz", "Ødegård",
];

pub(super) const DEPARTMENTS: &[(&str, &[&str])] = &[
    ("Engineering", &["Software engineer", "Senior software engineer", "Platform engineer", "Engineering manager"]),
    ("Finance", &["Accountant", "Senior accountant", "Controller", "Head of Finance"]),
    ("Sales", &["Account executive", "Sales engineer", "Sales operations", "Head of Sales"]),
    ("Support", &["Support agent", "Support engineer", "Team lead", "Head of Support"]),
    ("Data", &["Data analyst", "Data engineer", "Scientist", "Head of Data"]),
    ("Legal", &["Counsel", "Paralegal", "Privacy officer", "General counsel"]),
    ("People", &["Recruiter", "HR partner", "Payroll specialist", "Head of People"]),
    ("Security", &["Security analyst", "Security engineer", "Auditor", "Head of Security"]),
    ("Marketing", &["Designer", "Content editor", "Campaign manager", "Head of Marketing"]),
    ("Operations", &["Buyer", "Office manager", "Logistics planner", "Head of Operations"]),
];

pub(super) const RESOURCES: &[(&str, &str)] = &[
    ("NetSuite", "Finance systems"), ("GitHub", "Engineering tools"), ("Snowflake", "Data"), ("Zendesk", "Support tools"),
    ("HubSpot", "Sales tools"), ("Vault", "Secrets"), ("DocuSign", "Legal tools"), ("Slack", "Communication"), ("Expensify", "Finance systems"),
    ("Jenkins", "Engineering tools"), ("Jira", "Engineering tools"), ("Confluence", "Knowledge"), ("Figma", "Design"), ("Miro", "Design"),
    ("Tableau", "Data"), ("Looker", "Data"), ("Airflow", "Data"), ("Grafana", "Operations"), ("Kibana", "Operations"), ("PagerDuty", "Operations"),
    ("AWS production", "Cloud"), ("AWS sandbox", "Cloud"), ("GCP billing", "Cloud"), ("Cloudflare", "Cloud"), ("Kubernetes staging", "Cloud"),
    ("Salesforce", "Sales tools"), ("Gong", "Sales tools"), ("Workday", "People systems"), ("Greenhouse", "People systems"), ("BambooHR", "People systems"),
    ("SAP Concur", "Finance systems"), ("Stripe dashboard", "Finance systems"), ("Adyen", "Finance systems"), ("Ironclad", "Legal tools"),
    ("OneTrust", "Legal tools"), ("Mailchimp", "Marketing"), ("Google Analytics", "Marketing"), ("Contentful", "Marketing"),
    ("Office badge", "Buildings"), ("Company car pool", "Buildings"),
];

pub(super) const REASONS: &[&str] = &[
    "Month-end close moves to my team from December; I need to post journals and run the reconciliation report.",
    "I take over the on-call rotation next week and have to see the dashboards.",
    "Customer escalation {ticket}: I have to read the conversation history to answer.",
    "Quarterly audit, the auditors ask for read access through me. Ticket {ticket}.",
    "New project with the {dept} team; everybody else on it has this already.",
    "I cover for a colleague on parental leave until spring.",
    "The vendor's migration starts on Monday and I am the technical contact.",
    "I moved from {dept} last month and lost access with the old role.",
    "Need to compare our numbers with last year's for the board meeting.",
    "Reproducing the bug in {ticket} needs the production configuration, read-only is enough.",
    "Onboarding: my manager asked me to request this in the first week.",
    "Building the report for the weekly {dept} meeting.",
    "Contract review for the new supplier, deadline is Friday.",
    "I maintain the integration and its token expires; I have to rotate it.",
    "Training session on Thursday, I present it to the {dept} department.",
    "Incident {ticket}: we suspect a wrong permission and I have to check it.",
    "To approve invoices while the head of department travels.",
    "Design hand-over, I need to comment on the files.",
];

pub(super) const DENIALS: &[(&str, &str)] = &[
    ("Sales data is for Sales; the shared report has what you need.", "Ask for the shared report instead."),
    ("Read-only access is enough for this.", "Ask again for the read-only role."),
    ("Your project ended last month.", ""),
    ("Please name the ticket, so that we can see what it is about.", "Ask again with the ticket number."),
    ("We are moving away from this tool by the end of the quarter.", "The successor is in the catalogue."),
    ("Two people of your team have it already and can help.", ""),
];

pub(super) const COMMENTS: &[&str] = &[
    "Agreed, she takes over the close.", "Fine for the duration of the project.", "Known to me.", "OK, please keep it to what the ticket needs.",
    "Discussed in our one-to-one.", "Yes.", "Makes sense for the rotation.",
];

pub(super) const GROUPS: &[&str] = &[
    "Legal operations", "Finance approvers", "Security champions", "Data stewards", "Change advisory board", "Site reliability",
    "People partners", "Sales operations", "Support leads", "Privacy office", "Procurement", "Facilities",
];
