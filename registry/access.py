"""Who may do what: roles, permissions, and the second gate every service passes.

The first gate is `@allow` on the endpoint (`registry.web.gates`); this one looks at the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from registry.errors import Forbidden, NotFound
from registry.labels import Labelled


class Role(Labelled):
    CONTRIBUTOR = "contributor", "原課職員"
    EDITOR = "editor", "情報部門"
    APPROVER = "approver", "団体承認者"
    COORDINATOR = "coordinator", "広域調整担当"
    VENDOR = "vendor", "事業者"
    ADMINISTRATOR = "administrator", "管理者"


TOWN_ROLES: Final = frozenset({Role.CONTRIBUTOR, Role.EDITOR, Role.APPROVER})


class Permission(StrEnum):
    """What an endpoint asks for. PUBLIC needs no sign-in, SIGNED_IN any account."""

    PUBLIC = auto()
    SIGNED_IN = auto()
    READ_CONTENT = auto()  # goals, businesses, submitted requirements, matrix, standards, editions
    WRITE_REQUIREMENTS = auto()
    IMPORT_REQUIREMENTS = auto()
    SUBMIT_REQUIREMENTS = auto()
    HIDE_DETAIL = auto()
    CONFIRM_REQUIREMENTS = auto()
    EDIT_GOALS = auto()
    EDIT_BUSINESSES = auto()
    ALIGN = auto()
    DRAFT_STANDARDS = auto()
    DECIDE = auto()
    FREEZE_EDITIONS = auto()
    DELIVER = auto()
    RECEIVE = auto()
    MANAGE_ACCOUNTS = auto()
    MANAGE_JOBS = auto()
    READ_AUDIT = auto()


_EVERYBODY: Final = frozenset({Permission.PUBLIC, Permission.SIGNED_IN})
_TOWN: Final = _EVERYBODY | {Permission.READ_CONTENT}

# DESIGN §6, row by row.
PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.CONTRIBUTOR: _TOWN | {Permission.WRITE_REQUIREMENTS},
    Role.EDITOR: _TOWN
    | {
        Permission.WRITE_REQUIREMENTS,
        Permission.IMPORT_REQUIREMENTS,
        Permission.SUBMIT_REQUIREMENTS,
        Permission.HIDE_DETAIL,
    },
    Role.APPROVER: _TOWN | {Permission.CONFIRM_REQUIREMENTS},
    Role.COORDINATOR: _EVERYBODY
    | {
        Permission.READ_CONTENT,
        Permission.EDIT_GOALS,
        Permission.EDIT_BUSINESSES,
        Permission.ALIGN,
        Permission.DRAFT_STANDARDS,
        Permission.DECIDE,
        Permission.FREEZE_EDITIONS,
        Permission.DELIVER,
    },
    Role.VENDOR: _EVERYBODY | {Permission.RECEIVE},
    Role.ADMINISTRATOR: _EVERYBODY
    | {Permission.MANAGE_ACCOUNTS, Permission.MANAGE_JOBS, Permission.READ_AUDIT},
}


@dataclass(frozen=True)
class Actor:
    """The person behind a request or command, as read at its start.

    `terminal` marks 管理者(端末), who runs commands on the server itself: it has no account and
    passes every permission, because whoever has the shell has the database anyway.
    """

    account_id: int | None
    name: str
    email: str
    role: Role
    region_id: int
    municipality_id: int | None = None
    municipality_code: str | None = None
    municipality_name: str | None = None
    terminal: bool = False

    def may(self, permission: Permission) -> bool:
        return self.terminal or permission in PERMISSIONS[self.role]


def terminal_actor(region_id: int) -> Actor:
    return Actor(
        account_id=None,
        name="管理者(端末)",
        email="",
        role=Role.ADMINISTRATOR,
        region_id=region_id,
        terminal=True,
    )


def require(
    actor: Actor,
    permission: Permission,
    *,
    region_id: int | None = None,
    municipality_id: int | None = None,
) -> None:
    """Refuse unless the actor holds the permission and the row lies within reach.

    `region_id` is the row's region: outsiders learn nothing (NotFound). `municipality_id` is the
    row's owner for acts only its own town may do: insiders of another town get Forbidden.

    Raises NotFound, Forbidden.
    """
    if region_id is not None and region_id != actor.region_id:
        raise NotFound
    if not actor.may(permission):
        raise Forbidden
    if (
        municipality_id is not None
        and not actor.terminal
        and municipality_id != actor.municipality_id
    ):
        raise Forbidden("ほかの団体の情報は変更できません。")
