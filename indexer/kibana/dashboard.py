"""Data view, saved search and dashboard as saved objects, from short descriptions of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indexer.kibana.charts import Chart
from indexer.kibana.saved import DATA_VIEW_REFERENCE, Reference, SavedObject, packed

GRID_COLUMNS = 48
"""Width of Kibana's dashboard grid."""


@dataclass(frozen=True)
class DataView:
    """Which indices, and which of their fields is the time."""

    id: str
    pattern: str
    name: str
    time_field: str

    def saved(self) -> SavedObject:
        """As an ``index-pattern``; the field list stays empty, for Kibana reads it from the mapping."""
        attributes = {
            "title": self.pattern,
            "name": self.name,
            "timeFieldName": self.time_field,
            "allowHidden": False,
            "fields": "[]",
            "fieldAttrs": "{}",
            "fieldFormatMap": "{}",
            "runtimeFieldMap": "{}",
            "sourceFilters": "[]",
        }
        return SavedObject("index-pattern", self.id, attributes)


@dataclass(frozen=True)
class SavedSearch:
    """A table of documents, newest first."""

    id: str
    title: str
    description: str
    columns: tuple[str, ...]
    data_view: DataView

    def saved(self) -> SavedObject:
        """As a ``search``."""
        source = {
            "query": {"language": "kuery", "query": ""},
            "filter": [],
            "highlightAll": True,
            "indexRefName": DATA_VIEW_REFERENCE,
        }
        attributes = {
            "title": self.title,
            "description": self.description,
            "columns": list(self.columns),
            "sort": [[self.data_view.time_field, "desc"]],
            "grid": {},
            "hideChart": False,
            "isTextBasedQuery": False,
            "timeRestore": False,
            "kibanaSavedObjectMeta": {"searchSourceJSON": packed(source)},
        }
        reference = Reference(DATA_VIEW_REFERENCE, "index-pattern", self.data_view.id)
        return SavedObject("search", self.id, attributes, (reference,))


@dataclass(frozen=True)
class Box:
    """Where a panel stands, in columns and rows of the grid."""

    x: int
    y: int
    w: int
    h: int

    def overlaps(self, other: Box) -> bool:
        """Whether the two share a cell."""
        return (
            self.x < other.x + other.w
            and other.x < self.x + self.w
            and self.y < other.y + other.h
            and other.y < self.y + self.h
        )


@dataclass(frozen=True)
class Panel:
    """A chart, or a saved search, at its place."""

    id: str
    box: Box
    content: Chart | SavedSearch

    def document(self, data_view: DataView) -> dict[str, Any]:
        """As it stands in ``panelsJSON``; charts are kept by value, searches by reference."""
        grid = {"x": self.box.x, "y": self.box.y, "w": self.box.w, "h": self.box.h, "i": self.id}
        shape: dict[str, Any] = {
            "panelIndex": self.id,
            "gridData": grid,
            "title": self.content.title,
            "embeddableConfig": {"enhancements": {}},
        }
        if isinstance(self.content, SavedSearch):
            return shape | {"type": "search", "panelRefName": f"panel_{self.id}"}
        shape["embeddableConfig"]["attributes"] = self.content.attributes(data_view.id)
        return shape | {"type": "lens"}

    def reference(self, data_view: DataView) -> Reference:
        """What the panel points to, under the name that the dashboard gives it."""
        if isinstance(self.content, SavedSearch):
            return Reference(f"{self.id}:panel_{self.id}", "search", self.content.id)
        return Reference(f"{self.id}:{self.content.reference}", "index-pattern", data_view.id)


@dataclass(frozen=True)
class Control:
    """A drop-down list of a field's values, above the panels."""

    id: str
    title: str
    source: str

    def document(self, order: int) -> dict[str, Any]:
        """As it stands in the control group."""
        return {
            "order": order,
            "width": "medium",
            "grow": True,
            "type": "optionsListControl",
            "explicitInput": {"id": self.id, "fieldName": self.source, "title": self.title, "enhancements": {}},
        }

    def reference(self, data_view: DataView) -> Reference:
        """The data view whose field is listed."""
        return Reference(f"controlGroup_{self.id}:optionsListDataView", "index-pattern", data_view.id)


@dataclass(frozen=True)
class Dashboard:
    """Panels on a grid over one data view.

    Attributes:
        since: beginning of the time range that it opens with, in Kibana's date math.
        refresh_s: seconds between two refreshes while it is open.
    """

    id: str
    title: str
    description: str
    data_view: DataView
    panels: tuple[Panel, ...]
    controls: tuple[Control, ...] = ()
    since: str = "now-7d/d"
    refresh_s: int = 60

    def saved(self) -> SavedObject:
        """As a ``dashboard``."""
        panels = [panel.document(self.data_view) for panel in self.panels]
        options = {
            "useMargins": True,
            "syncColors": True,
            "syncCursor": True,
            "syncTooltips": False,
            "hidePanelTitles": False,
        }
        attributes: dict[str, Any] = {
            "title": self.title,
            "description": self.description,
            "version": 1,
            "panelsJSON": packed(panels),
            "optionsJSON": packed(options),
            "timeRestore": True,
            "timeFrom": self.since,
            "timeTo": "now",
            "refreshInterval": {"pause": False, "value": self.refresh_s * 1000},
            "kibanaSavedObjectMeta": {
                "searchSourceJSON": packed({"query": {"language": "kuery", "query": ""}, "filter": []})
            },
        }
        if self.controls:
            attributes["controlGroupInput"] = self._control_group()
        references = [panel.reference(self.data_view) for panel in self.panels]
        references += [control.reference(self.data_view) for control in self.controls]
        return SavedObject("dashboard", self.id, attributes, tuple(references))

    def _control_group(self) -> dict[str, Any]:
        respect = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}
        return {
            "chainingSystem": "HIERARCHICAL",
            "controlStyle": "oneLine",
            "ignoreParentSettingsJSON": packed(respect),
            "panelsJSON": packed({control.id: control.document(at) for at, control in enumerate(self.controls)}),
            "showApplySelections": False,
        }
