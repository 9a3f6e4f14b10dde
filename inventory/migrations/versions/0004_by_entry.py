"""Every column that names an entry has an index: without them an act took the longer the more the ledger held."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = {
    "agreement": ("entry",),
    "agreement_text": ("entry",),
    "association": ("entry",),
    "conflict": ("entry", "settled_entry"),
    "course": ("entry",),
    "device": ("entry",),
    "district": ("entry",),
    "hold": ("entry", "closed_entry"),
    "loan": ("entry",),
    "loan_case": ("entry",),
    "loan_case_member": ("entry", "left_entry"),
    "loan_item": ("entry", "returned_entry", "undone_entry"),
    "move": ("entry",),
    "officer": ("entry",),
    "paper_form": ("entry",),
    "person": ("entry",),
    "picture": ("entry",),
    "pool": ("entry",),
    "programme": ("entry",),
    "staff": ("entry",),
    "stray_return": ("entry", "undone_entry"),
    "tag": ("entry",),
    "tag_binding": ("entry", "unbound_entry"),
    "venue": ("entry",),
    "work": ("entry", "undone_entry"),
}


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
