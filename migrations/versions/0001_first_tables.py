"""The first tables.

Revision: 0001, after None.

Write the new revision's name into migrations/HEAD: two branches that both add one then conflict
there. A removed column takes two releases: first stop using it, then drop it. Batch changes on
SQLite lose triggers: call `registry.frozen.freeze` again for a table you rebuild.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry import db, frozen

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# What this revision freezes; `frozen.FROZEN` grows with later ones.
FROZEN = ("audit_event", "decision", "edition", "edition_file", "requirement_version")

# A requirement points to its versions and a version to its requirement. SQLite takes the
# forward reference inside CREATE TABLE, PostgreSQL wants the other table first.
POINTERS = ("draft_version_id", "submitted_version_id", "confirmed_version_id")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    inline = [
        sa.ForeignKeyConstraint(
            [column], ["requirement_version.id"], name=op.f(f"fk_requirement_{column}")
        )
        for column in (POINTERS if sqlite else ())
    ]
    op.create_table(
        "audit_event",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("municipality_code", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("before", db.JsonDoc(), nullable=True),
        sa.Column("after", db.JsonDoc(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_event_hash")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_subject"), ["subject"], unique=False)

    op.create_table(
        "body",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body")),
        sa.UniqueConstraint("rule", "digest", name=op.f("uq_body_rule_digest")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", db.JsonDoc(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "todo",
                "doing",
                "done",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("dedup", sa.String(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("lease_until", db.UtcDateTime(), nullable=True),
        sa.Column("run_at", db.UtcDateTime(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("finished_at", db.UtcDateTime(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("result", db.JsonDoc(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("dedup", name=op.f("uq_job_dedup")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_claim", ["state", "run_at"], unique=False)

    op.create_table(
        "region",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("bureau", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("code", name=op.f("uq_region_code")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_attempt_key_at", ["key", "at"], unique=False)

    op.create_table(
        "stored_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_answer")),
        sa.UniqueConstraint(
            "account_id", "route", "key", name=op.f("uq_stored_answer_account_id_route_key")
        ),
    )
    with op.batch_alter_table("stored_answer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stored_answer_created_at"), ["created_at"], unique=False
        )

    op.create_table(
        "business",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(number) = 3", name=op.f("ck_business_number_length")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_business_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business")),
        sa.UniqueConstraint("region_id", "number", name=op.f("uq_business_region_id_number")),
        sa.UniqueConstraint("region_id", "slug", name=op.f("uq_business_region_id_slug")),
    )
    op.create_table(
        "goal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column(
            "viewpoint",
            sa.Enum(
                "management",
                "organization",
                "program",
                "technology",
                name="viewpoint",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "horizon",
            sa.Enum(
                "short",
                "medium",
                "long",
                name="horizon",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "beneficiary",
            sa.Enum(
                "resident",
                "staff",
                "business",
                name="beneficiary",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "indicator_kind",
            sa.Enum(
                "quantitative",
                "qualitative",
                name="indicator_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("now", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("judgement", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "indicator_kind IS NULL OR (indicator_kind = 'quantitative' AND measure <> '' AND target <> '') OR (indicator_kind = 'qualitative' AND judgement <> '')",
            name=op.f("ck_goal_indicator_complete"),
        ),
        sa.CheckConstraint(
            "parent_id IS NULL OR parent_id <> id", name=op.f("ck_goal_not_own_parent")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["goal.id"], name=op.f("fk_goal_parent_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_goal_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
        sa.UniqueConstraint("region_id", "code", name=op.f("uq_goal_region_id_code")),
    )
    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goal_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "municipality",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kana", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "city",
                "town",
                "village",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(code) = 6", name=op.f("ck_municipality_code_length")),
        sa.ForeignKeyConstraint(
            ["region_id"], ["region.id"], name=op.f("fk_municipality_region_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipality")),
        sa.UniqueConstraint("region_id", "code", name=op.f("uq_municipality_region_id_code")),
    )
    op.create_table(
        "national_spec",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("source_sha256", sa.String(), nullable=False),
        sa.Column("imported_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id"], ["region.id"], name=op.f("fk_national_spec_region_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_spec")),
        sa.UniqueConstraint(
            "region_id", "name", "edition", name=op.f("uq_national_spec_region_id_name_edition")
        ),
    )
    op.create_table(
        "vendor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kana", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_vendor_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor")),
        sa.UniqueConstraint("region_id", "name", name=op.f("uq_vendor_region_id_name")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "contributor",
                "editor",
                "approver",
                "coordinator",
                "vendor",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("deactivated_at", db.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(role IN ('contributor', 'editor', 'approver')) = (municipality_id IS NOT NULL)",
            name=op.f("ck_account_municipality_fits_role"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_account_municipality_id")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_account_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_municipality_id"), ["municipality_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_account_region_id"), ["region_id"], unique=False)

    op.create_table(
        "business_process",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("hides_detail", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_business_process_business_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_business_process_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_process")),
        sa.UniqueConstraint(
            "municipality_id",
            "business_id",
            name=op.f("uq_business_process_municipality_id_business_id"),
        ),
    )
    with op.batch_alter_table("business_process", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_business_process_business_id"), ["business_id"], unique=False
        )

    op.create_table(
        "business_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("meaning", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_business_term_business_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_term")),
        sa.UniqueConstraint("business_id", "term", name=op.f("uq_business_term_business_id_term")),
    )
    op.create_table(
        "national_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("national_spec_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_chapter", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["national_spec_id"],
            ["national_spec.id"],
            name=op.f("fk_national_item_national_spec_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_item")),
        sa.UniqueConstraint(
            "national_spec_id", "number", name=op.f("uq_national_item_national_spec_id_number")
        ),
        sa.UniqueConstraint(
            "national_spec_id", "position", name=op.f("uq_national_item_national_spec_id_position")
        ),
    )
    op.create_table(
        "requirement_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_requirement_group_business_id")
        ),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goal.id"], name=op.f("fk_requirement_group_goal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement_group")),
        sa.UniqueConstraint(
            "business_id", "code", name=op.f("uq_requirement_group_business_id_code")
        ),
    )
    with op.batch_alter_table("requirement_group", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requirement_group_goal_id"), ["goal_id"], unique=False)

    op.create_table(
        "spec_draft",
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_spec_draft_business_id")
        ),
        sa.PrimaryKeyConstraint("business_id", name=op.f("pk_spec_draft")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_api_token_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_account_id"), ["account_id"], unique=False)

    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("frozen", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("template_version", sa.String(), nullable=False),
        sa.Column("predecessor_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_edition_account_id")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_edition_business_id")
        ),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["edition.id"], name=op.f("fk_edition_predecessor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("business_id", "number", name=op.f("uq_edition_business_id_number")),
    )
    op.create_table(
        "national_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("national_item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "obligation",
            sa.Enum(
                "mandatory",
                "optional",
                "prohibited",
                name="obligation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["national_item_id"],
            ["national_item.id"],
            name=op.f("fk_national_line_national_item_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_line")),
        sa.UniqueConstraint(
            "national_item_id", "position", name=op.f("uq_national_line_national_item_id_position")
        ),
    )
    op.create_table(
        "password_reset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("used_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_password_reset_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_reset_token_hash")),
    )
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_password_reset_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "requirement_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "preview",
                "running",
                "stored",
                "cancelled",
                "undone",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_name", sa.String(), nullable=True),
        sa.Column("source_sha256", sa.String(), nullable=True),
        sa.Column("table", db.JsonDoc(), nullable=True),
        sa.Column("legend", db.JsonDoc(), nullable=True),
        sa.Column("outcome", db.JsonDoc(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("finished_at", db.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_requirement_list_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_requirement_list_business_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_requirement_list_municipality_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement_list")),
    )
    with op.batch_alter_table("requirement_list", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_requirement_list_business_id"), ["business_id"], unique=False
        )
        batch_op.create_index(
            "ix_requirement_list_owner", ["municipality_id", "business_id"], unique=False
        )

    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_account_id"), ["account_id"], unique=False)

    op.create_table(
        "standard_requirement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "obligation",
            sa.Enum(
                "mandatory",
                "optional",
                "prohibited",
                name="obligation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "functional",
                "form",
                "screen",
                "data",
                "interface",
                "non_functional",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "phase_1",
                "phase_2",
                "deferred",
                "workaround",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("goal_id", sa.Integer(), nullable=True),
        sa.Column("national_item_id", sa.Integer(), nullable=True),
        sa.Column("target_edition", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_standard_requirement_business_id")
        ),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goal.id"], name=op.f("fk_standard_requirement_goal_id")
        ),
        sa.ForeignKeyConstraint(
            ["national_item_id"],
            ["national_item.id"],
            name=op.f("fk_standard_requirement_national_item_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_requirement")),
        sa.UniqueConstraint(
            "business_id", "code", name=op.f("uq_standard_requirement_business_id_code")
        ),
        sa.UniqueConstraint(
            "business_id", "serial", name=op.f("uq_standard_requirement_business_id_serial")
        ),
    )
    with op.batch_alter_table("standard_requirement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_standard_requirement_goal_id"), ["goal_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_standard_requirement_national_item_id"),
            ["national_item_id"],
            unique=False,
        )

    op.create_table(
        "vendor_member",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_vendor_member_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendor.id"], name=op.f("fk_vendor_member_vendor_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_vendor_member")),
    )
    with op.batch_alter_table("vendor_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vendor_member_vendor_id"), ["vendor_id"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "follows",
                "own_value",
                "exception",
                "not_used",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", db.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["account.id"], name=op.f("fk_application_confirmed_by")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_application_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["standard_id"], ["standard_requirement.id"], name=op.f("fk_application_standard_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint(
            "standard_id",
            "municipality_id",
            name=op.f("uq_application_standard_id_municipality_id"),
        ),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_application_municipality_id"), ["municipality_id"], unique=False
        )

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "adopt",
                "adopt_revised",
                "reject",
                "defer",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("snapshot", db.JsonDoc(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", db.UtcDateTime(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_decision_has_reason")),
        sa.CheckConstraint(
            "(standard_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_decision_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_decision_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_decision_business_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["requirement_group.id"], name=op.f("fk_decision_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["standard_id"], ["standard_requirement.id"], name=op.f("fk_decision_standard_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["decision.id"], name=op.f("fk_decision_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_decision_supersedes_id")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_business_id"), ["business_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_standard_id"), ["standard_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("delivered_by", sa.Integer(), nullable=True),
        sa.Column("delivered_at", db.UtcDateTime(), nullable=False),
        sa.Column("opened_at", db.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", db.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivered_by"], ["account.id"], name=op.f("fk_delivery_delivered_by")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_delivery_edition_id")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_delivery_vendor_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["account.id"], name=op.f("fk_delivery_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_vendor_id"), ["vendor_id"], unique=False)
        batch_op.create_index(
            "uq_delivery_open",
            ["edition_id", "vendor_id"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "edition_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_edition_file_edition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_file")),
        sa.UniqueConstraint("edition_id", "name", name=op.f("uq_edition_file_edition_id_name")),
    )
    op.create_table(
        "national_reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("national_line_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["national_line_id"],
            ["national_line.id"],
            name=op.f("fk_national_reference_national_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["national_item.id"], name=op.f("fk_national_reference_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_reference")),
    )
    with op.batch_alter_table("national_reference", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_national_reference_national_line_id"), ["national_line_id"], unique=False
        )

    op.create_table(
        "requirement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "confirmed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("draft_version_id", sa.Integer(), nullable=True),
        sa.Column("submitted_version_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_version_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("return_reason", sa.String(), nullable=False),
        sa.Column("deleted_at", db.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_requirement_business_id")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["requirement_list.id"], name=op.f("fk_requirement_list_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_requirement_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["account.id"], name=op.f("fk_requirement_submitted_by")
        ),
        *inline,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement")),
    )
    with op.batch_alter_table("requirement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_requirement_business_submitted",
            ["business_id", "submitted_version_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_requirement_list_id"), ["list_id"], unique=False)
        batch_op.create_index(
            "ix_requirement_owner", ["municipality_id", "business_id"], unique=False
        )

    op.create_table(
        "standard_answer",
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["requirement_group.id"], name=op.f("fk_standard_answer_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["standard_id"],
            ["standard_requirement.id"],
            name=op.f("fk_standard_answer_standard_id"),
        ),
        sa.PrimaryKeyConstraint("standard_id", "group_id", name=op.f("pk_standard_answer")),
    )
    with op.batch_alter_table("standard_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standard_answer_group_id"), ["group_id"], unique=False)

    op.create_table(
        "download",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("edition_file_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_download_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_download_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["edition_file_id"], ["edition_file.id"], name=op.f("fk_download_edition_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download")),
    )
    with op.batch_alter_table("download", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_download_delivery_id"), ["delivery_id"], unique=False)

    op.create_table(
        "requirement_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("requirement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("meaning", db.JsonDoc(), nullable=True),
        sa.Column(
            "obligation",
            sa.Enum(
                "mandatory",
                "optional",
                "prohibited",
                name="obligation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "functional",
                "form",
                "screen",
                "data",
                "interface",
                "non_functional",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("goal_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_requirement_version_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["body.id"], name=op.f("fk_requirement_version_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goal.id"], name=op.f("fk_requirement_version_goal_id")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["requirement_list.id"], name=op.f("fk_requirement_version_list_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_id"],
            ["requirement.id"],
            name=op.f("fk_requirement_version_requirement_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement_version")),
        sa.UniqueConstraint(
            "requirement_id", "number", name=op.f("uq_requirement_version_requirement_id_number")
        ),
    )
    with op.batch_alter_table("requirement_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_requirement_version_body_id"), ["body_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_requirement_version_goal_id"), ["goal_id"], unique=False
        )

    op.create_table(
        "alignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("requirement_id", sa.Integer(), nullable=False),
        sa.Column("requirement_version_id", sa.Integer(), nullable=False),
        sa.Column(
            "relation",
            sa.Enum(
                "same",
                "value_differs",
                "opposite",
                "contains",
                "contained",
                "related",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_alignment_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["requirement_group.id"], name=op.f("fk_alignment_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["requirement.id"], name=op.f("fk_alignment_requirement_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_version_id"],
            ["requirement_version.id"],
            name=op.f("fk_alignment_requirement_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alignment")),
        sa.UniqueConstraint(
            "group_id", "requirement_id", name=op.f("uq_alignment_group_id_requirement_id")
        ),
    )
    with op.batch_alter_table("alignment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_alignment_requirement_id"), ["requirement_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_alignment_requirement_version_id"),
            ["requirement_version_id"],
            unique=False,
        )

    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("requirement_id", sa.Integer(), nullable=False),
        sa.Column("requirement_version_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("cluster", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column(
            "relation",
            sa.Enum(
                "same",
                "value_differs",
                "opposite",
                "contains",
                "contained",
                "related",
                name="relation",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("shared", db.JsonDoc(), nullable=False),
        sa.Column("differing", db.JsonDoc(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("dismissed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(group_id IS NULL) <> (cluster IS NULL)", name=op.f("ck_proposal_one_target")
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.id"], name=op.f("fk_proposal_business_id")
        ),
        sa.ForeignKeyConstraint(
            ["dismissed_by"], ["account.id"], name=op.f("fk_proposal_dismissed_by")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["requirement_group.id"], name=op.f("fk_proposal_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["requirement.id"], name=op.f("fk_proposal_requirement_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_version_id"],
            ["requirement_version.id"],
            name=op.f("fk_proposal_requirement_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_proposal_business_cluster", ["business_id", "cluster"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_proposal_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_proposal_requirement_id"), ["requirement_id"], unique=False
        )

    if not sqlite:
        for column in POINTERS:
            op.create_foreign_key(
                op.f(f"fk_requirement_{column}"),
                "requirement",
                "requirement_version",
                [column],
                ["id"],
            )
    for table in FROZEN:
        frozen.freeze(op.get_bind(), table)


def downgrade() -> None:
    for table in FROZEN:
        frozen.thaw(op.get_bind(), table)
    if op.get_bind().dialect.name == "sqlite":
        # Dropping a table checks what points to it; the two point to each other.
        op.execute(
            "UPDATE requirement SET draft_version_id = NULL, submitted_version_id = NULL, confirmed_version_id = NULL"
        )
    else:
        for column in POINTERS:
            op.drop_constraint(op.f(f"fk_requirement_{column}"), "requirement", type_="foreignkey")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_requirement_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_group_id"))
        batch_op.drop_index("ix_proposal_business_cluster")

    op.drop_table("proposal")
    with op.batch_alter_table("alignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alignment_requirement_version_id"))
        batch_op.drop_index(batch_op.f("ix_alignment_requirement_id"))

    op.drop_table("alignment")
    with op.batch_alter_table("requirement_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requirement_version_goal_id"))
        batch_op.drop_index(batch_op.f("ix_requirement_version_body_id"))

    op.drop_table("requirement_version")
    with op.batch_alter_table("download", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_download_delivery_id"))

    op.drop_table("download")
    with op.batch_alter_table("standard_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standard_answer_group_id"))

    op.drop_table("standard_answer")
    with op.batch_alter_table("requirement", schema=None) as batch_op:
        batch_op.drop_index("ix_requirement_owner")
        batch_op.drop_index(batch_op.f("ix_requirement_list_id"))
        batch_op.drop_index("ix_requirement_business_submitted")

    op.drop_table("requirement")
    with op.batch_alter_table("national_reference", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_national_reference_national_line_id"))

    op.drop_table("national_reference")
    op.drop_table("edition_file")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_delivery_open",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_delivery_vendor_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_standard_id"))
        batch_op.drop_index(batch_op.f("ix_decision_group_id"))
        batch_op.drop_index(batch_op.f("ix_decision_business_id"))

    op.drop_table("decision")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_municipality_id"))

    op.drop_table("application")
    with op.batch_alter_table("vendor_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vendor_member_vendor_id"))

    op.drop_table("vendor_member")
    with op.batch_alter_table("standard_requirement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standard_requirement_national_item_id"))
        batch_op.drop_index(batch_op.f("ix_standard_requirement_goal_id"))

    op.drop_table("standard_requirement")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_account_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("requirement_list", schema=None) as batch_op:
        batch_op.drop_index("ix_requirement_list_owner")
        batch_op.drop_index(batch_op.f("ix_requirement_list_business_id"))

    op.drop_table("requirement_list")
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_reset_account_id"))

    op.drop_table("password_reset")
    op.drop_table("national_line")
    op.drop_table("edition")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_account_id"))

    op.drop_table("api_token")
    op.drop_table("spec_draft")
    with op.batch_alter_table("requirement_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requirement_group_goal_id"))

    op.drop_table("requirement_group")
    op.drop_table("national_item")
    op.drop_table("business_term")
    with op.batch_alter_table("business_process", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_business_process_business_id"))

    op.drop_table("business_process")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_region_id"))
        batch_op.drop_index(batch_op.f("ix_account_municipality_id"))

    op.drop_table("account")
    op.drop_table("vendor")
    op.drop_table("national_spec")
    op.drop_table("municipality")
    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goal_parent_id"))

    op.drop_table("goal")
    op.drop_table("business")
    with op.batch_alter_table("stored_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_answer_created_at"))

    op.drop_table("stored_answer")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_attempt_key_at")

    op.drop_table("sign_in_attempt")
    op.drop_table("region")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_claim")

    op.drop_table("job")
    op.drop_table("body")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_event_actor_id"))
        batch_op.drop_index(batch_op.f("ix_audit_event_action"))

    op.drop_table("audit_event")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION IF EXISTS kaizu_frozen()")
