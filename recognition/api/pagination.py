"""Long lists in pages: the address of the next one comes with each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from recognition.api.errors import ApiError
from recognition.selectors.history import Cursor, HistoryPage, Order


class InPages(CursorPagination):
    """For lists that have no pages in the selectors."""

    page_size = 25
    query_fields = ("cursor",)

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        request: Request,
        view: APIView | None = None,
    ) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValidationError, ValueError, OverflowError) as error:
            raise ApiError("api:user:cursor") from error


class NewestFirst(InPages):
    """By the moment when a row was made."""

    ordering = "-created_at"

    def decode_cursor(self, request: Request) -> Any:
        """Of an invented zone or year the database makes an error of its own."""
        cursor: Any = super().decode_cursor(request)  # its stubs take positions for numbers
        if cursor is None or cursor.position is None:
            return cursor
        moment = datetime.fromisoformat(cursor.position).astimezone(UTC)
        return cursor._replace(position=moment.isoformat())


class ByName(InPages):
    ordering = "name"

    def decode_cursor(self, request: Request) -> Any:
        """The database keeps no null characters, and makes an error of its own of them."""
        cursor: Any = super().decode_cursor(request)
        if cursor is not None and "\0" in (cursor.position or ""):
            raise ApiError("api:user:cursor")
        return cursor


def cursor_of(request: Request, order: Order) -> str:
    """Of a page of the selectors; empty for the first. Raises ApiError for one made up."""
    cursor = request.query_params.get("cursor", "")
    if cursor and Cursor.parse(cursor, order) is None:
        raise ApiError("api:user:cursor")
    return cursor


def page_body(request: Request, page: HistoryPage, results: Sequence[Any]) -> dict[str, Any]:
    """For pages of the selectors."""
    return {
        "next": link_to(request, page.next_cursor),
        "previous": link_to(request, page.previous_cursor),
        "results": results,
    }


def link_to(request: Request, cursor: str) -> str | None:
    """With the filters of the address that was asked; None without a cursor."""
    if not cursor:
        return None
    query: QueryDict = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
