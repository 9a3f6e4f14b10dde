"""create_app: the doors hung in their frame."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import guard, problems, reference
from api.static import Static
from api.transactions import Ledger
from inventory.database import Database, reading
from inventory.settings import Settings
from inventory.tables import Setting

# Every feature door; each has a ``json`` router, a ``pages`` router, or both. A request is held against them in this
# order, so what a desk does all day stands first.
DOORS = (
    "scans",
    "lookup",
    "loans",
    "devices",
    "cases",
    "conflicts",
    "desk_pack",
    "session",
    "staff",
    "pools",
    "people",
    "venues",
    "measures",
    "venue_photos",
    "usage",
    "wifi_steps",
    "wifi_plans",
    "wifi_programmes",
    "wifi_burnup",
    "contracts",
    "lines",
    "course_calendar",
    "course_files",
    "course_imports",
    "courses",
    "course_acts",
    "course_photos",
    "course_day",
    "reservations",
    "supporters",
    "wishes",
    "labels",
    "agreements",
    "reminders",
    "applications",
    "form_texts",
    "transfers",
    "agreement_files",
    "presences",
    "device_pictures",
    "open_data",
    "open_data_imports",
    "exports",
    "imports",
    "facilities",
    "health",
    "issues",
    "standard_answers",
    "issue_exports",
    "cost_exports",
    "supporter_exports",
    "next_year_costs",
    "year_reports",
    "year_report_pages",
    "report_text_pages",
    "report_edition_pages",
    "reports",
    "report_pages",
    "receipt_pages",
    "presence_public",
    "public",
    "help",
    "home_pages",
    "setup_pages",
    "session_pages",
    "desk_pages",
    "desk_worker",
    "find_pages",
    "case_edit_pages",
    "case_pages",
    "device_edit_pages",
    "device_pages",
    "loan_pages",
    "conflict_pages",
    "agreement_pages",
    "reminder_pages",
    "term_pages",
    "transfer_pages",
    "paper_pages",
    "agreement_text_pages",
    "form_text_pages",
    "application_pages",
    "roster_pages",
    "officer_pages",
    "association_pages",
    "standard_answer_pages",
    "issue_new_pages",
    "issue_act_pages",
    "issue_pages",
    "wifi_board",
    "open_data_import_pages",
    "open_data_pages",
    "wifi_board_pages",
    "wifi_table_pages",
    "saved_filters",
    "wifi_step_pages",
    "wifi_import_pages",
    "wifi_plan_pages",
    "wifi_action_pages",
    "wifi_programme_pages",
    "wifi_slip_pages",
    "facility_pages",
    "rooms",
    "access_points",
    "access_point_pages",
    "wifi_poster_pages",
    "wifi_burnup_pages",
    "wifi_cost_pages",
    "next_year_cost_pages",
    "contract_pages",
    "line_pages",
    "venue_pages",
    "closure_pages",
    "outage_pages",
    "speed_pages",
    "disaster_pages",
    "usage_import_pages",
    "usage_pages",
    "venue_tags",
    "event_pages",
    "course_calendar_pages",
    "course_import_pages",
    "programme_pages",
    "series_pages",
    "plan_copy_pages",
    "course_form_pages",
    "course_act_pages",
    "course_pages",
    "readiness",
    "course_card_pages",
    "supporter_import_pages",
    "supporter_pages",
    "course_help_pages",
    "wish_pages",
    "label_pages",
    "presence_pages",
    "trial",
    "privacy",
    "privacy_pages",
    "pool_pages",
    "pool_calendar_pages",
    "reservation_pages",
    "staff_pages",
)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The whole application over an open, migrated ledger."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        database.dispose()

    app = FastAPI(
        title="つなぐ台帳",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=problems.problems(*problems.COMMON),
        # Every thing has one address. The framework's redirect would name the host that the request named.
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    app.state.ledger = Ledger(database)
    app.state.demo = _is_demo(database)
    problems.install(app)
    for name in DOORS:
        module = import_module(f"api.{name}")
        for router in (getattr(module, "json", None), getattr(module, "pages", None)):
            if isinstance(router, APIRouter):
                app.include_router(router)
    app.mount("/static", GZipMiddleware(Static(), minimum_size=1024), name="static")
    app.add_middleware(guard.Guard, https=settings.public_url.startswith("https://"), broken=problems.broken)
    app.openapi = lambda: reference.openapi(app)  # type: ignore[method-assign]
    return app


def _is_demo(database: Database) -> bool:
    with reading(database) as session:
        return session.get(Setting, "demo") is not None
