"""Word lists: invented companies, things they buy, and the short texts people type into a CRM. No personal data."""

from __future__ import annotations

HOUSES = (
    "Alder", "Amberly", "Beacon", "Birchwood", "Bluefield", "Bramble", "Calder", "Castellan", "Cobalt", "Copperhead",
    "Corvid", "Dunmore", "Eastgate", "Elmstead", "Fairhaven", "Falkner", "Ferngrove", "Flint", "Foxglove", "Garnet",
    "Glenmoor", "Granite", "Halden", "Harbour", "Hawthorn", "Heron", "Ironside", "Juniper", "Kestrel", "Kingsley",
    "Larkspur", "Linden", "Lowell", "Marlow", "Meridian", "Millbrook", "Northgate", "Oakridge", "Orchard", "Osprey",
    "Pemberton", "Quarry", "Redwood", "Ridgeway", "Rowan", "Saltmarsh", "Silverlake", "Stonebridge", "Tamarack",
    "Thornbury", "Umber", "Vantage", "Wexford", "Willowbank", "Yarrow",
)  # fmt: skip
TRADES = (
    "Logistics", "Foods", "Robotics", "Clinics", "Insurance", "Energy", "Retail", "Packaging", "Pharma", "Textiles",
    "Aerospace", "Hotels", "Printing", "Chemicals", "Dairies", "Furniture", "Media", "Mobility", "Optics", "Plastics",
    "Shipping", "Software", "Steel", "Tools", "Water", "Instruments",
)  # fmt: skip
LEGAL_FORMS = {"de": "GmbH", "fr": "SAS", "uk": "Ltd", "us": "Inc"}
#: What is sold, and the product that it is counted under.
OFFERS = {
    "warehouse tracking": "operations",
    "payroll rollout": "back office",
    "service desk": "customer service",
    "quality suite": "platform",
    "fleet planning": "operations",
    "contract archive": "back office",
    "shop-floor terminals": "operations",
    "demand planning": "operations",
    "expense module": "back office",
    "customer portal": "customer service",
    "maintenance contract": "operations",
    "data migration": "platform",
    "access control": "platform",
    "learning platform": "platform",
    "invoice automation": "back office",
    "field service app": "customer service",
}
ROLES = (
    ("champion", "manager"),
    ("user", "staff"),
    ("economic buyer", "director"),
    ("it", "manager"),
    ("procurement", "manager"),
    ("executive sponsor", "vp"),
    ("legal", "staff"),
    ("executive sponsor", "c-level"),
)
#: Next steps as reps write them, by position on the sales ladder.
NEXT_STEPS = (
    ("Qualify need and budget", "Call back to qualify", "Send overview", "Find out who decides"),
    ("Book discovery workshop", "Meet the department", "Send questions for discovery", "Map the process"),
    ("Demo with the team", "Prepare test account", "Answer security questions", "Reference call"),
    ("Send proposal", "Walk through the proposal", "Adjust scope", "Get feedback on pricing"),
    ("Agree on discount", "Contract to legal", "Chase purchase order", "Agree start date"),
)
CHASING_STEPS = ("Try again by phone", "Follow up on my mails", "Try another contact", "Ask whether it is still on")
SEARCHING_STEPS = ("Find a new contact", "Call the switchboard", "Ask who takes over", "Look for the successor")
LOSS_REASONS = (
    "price", "competitor", "missing feature", "stayed with current supplier", "lost to in-house solution",
    "timing", "no fit",
)  # fmt: skip
NO_DECISION_REASONS = ("project stopped", "no budget", "postponed without date", "priorities changed")
#: Channel -> its campaigns.
CAMPAIGNS = {
    "webinar": ("autumn-webinar-series", "webinar-planning-in-practice", "webinar-compliance-update"),
    "search": ("brand-search", "generic-search"),
    "referral": ("customer-referral", "partner-referral"),
    "event": ("trade-fair-spring", "trade-fair-autumn", "roadshow"),
    "content": ("whitepaper-total-cost", "buyers-guide", "case-study-logistics"),
    "newsletter": ("monthly-newsletter",),
    "social": ("social-retargeting",),
}
#: Where leads come from, with their weight.
LEAD_SOURCES = {"search": 26, "webinar": 18, "referral": 16, "event": 14, "content": 14, "outbound": 12}
