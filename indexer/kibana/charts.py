"""Lens charts: columns of a form-based layer, and the three ways we draw them.

A column is described once and gives its JSON; what it aggregates is read back from that JSON by ``lens``.
The shapes are those of Lens 8.9, which later versions migrate on opening.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

RECORDS = "___records___"
"""Lens's name for the documents themselves, as the source of a count."""

SeriesType = Literal["bar_stacked", "bar_horizontal", "area_stacked", "line"]


@dataclass(frozen=True)
class Column:
    """One column of a layer.

    Attributes:
        id: unique in its layer.
        label: what a reader sees.
        where: a KQL condition that limits this column alone; empty for none.
    """

    id: str
    label: str
    where: str = field(default="", kw_only=True)

    def document(self) -> dict[str, Any]:
        """The column as Lens keeps it."""
        shape: dict[str, Any] = {"label": self.label, "customLabel": True} | self._operation()
        if self.where:
            shape["filter"] = {"language": "kuery", "query": self.where}
        return shape

    def _operation(self) -> dict[str, Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class Count(Column):
    """Number of documents."""

    def _operation(self) -> dict[str, Any]:
        return {
            "operationType": "count",
            "sourceField": RECORDS,
            "dataType": "number",
            "isBucketed": False,
            "scale": "ratio",
            "params": {"emptyAsNull": False},
        }


@dataclass(frozen=True)
class UniqueCount(Column):
    """Number of different values of a field (approximate above some thousands, as Elasticsearch's cardinality)."""

    source: str = ""

    def _operation(self) -> dict[str, Any]:
        return {
            "operationType": "unique_count",
            "sourceField": self.source,
            "dataType": "number",
            "isBucketed": False,
            "scale": "ratio",
            "params": {"emptyAsNull": False},
        }


@dataclass(frozen=True)
class OverTime(Column):
    """Buckets of time, as wide as Kibana finds fit for the chosen range."""

    source: str = ""

    def _operation(self) -> dict[str, Any]:
        return {
            "operationType": "date_histogram",
            "sourceField": self.source,
            "dataType": "date",
            "isBucketed": True,
            "scale": "interval",
            "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
        }


@dataclass(frozen=True)
class Top(Column):
    """The values of a field that most documents have.

    Attributes:
        size: how many values.
        by: id of the column that orders them.
        others: one more bucket for the rest.
    """

    source: str = ""
    size: int = 10
    by: str = "count"
    others: bool = False

    def _operation(self) -> dict[str, Any]:
        return {
            "operationType": "terms",
            "sourceField": self.source,
            "dataType": "string",
            "isBucketed": True,
            "scale": "ordinal",
            "params": {
                "size": self.size,
                "orderBy": {"type": "column", "columnId": self.by},
                "orderDirection": "desc",
                "otherBucket": self.others,
                "missingBucket": False,
                "parentFormat": {"id": "terms"},
                "include": [],
                "exclude": [],
                "includeIsRegex": False,
                "excludeIsRegex": False,
            },
        }


@dataclass(frozen=True)
class Chart:
    """A Lens visualisation over one data view, with one layer.

    Attributes:
        columns: in the order of aggregation: buckets from the outside in, then metrics.
    """

    title: str
    columns: tuple[Column, ...]

    layer: str = field(default="articles", kw_only=True)

    def attributes(self, data_view: str) -> dict[str, Any]:
        """The attributes of the Lens object; ``data_view`` is the id of an index-pattern."""
        layer = {
            "columnOrder": [column.id for column in self.columns],
            "columns": {column.id: column.document() for column in self.columns},
            "ignoreGlobalFilters": False,
            "incompleteColumns": {},
            "sampling": 1,
        }
        return {
            "title": self.title,
            "description": "",
            "type": "lens",
            "visualizationType": self._kind(),
            "references": [{"type": "index-pattern", "id": data_view, "name": self.reference}],
            "state": {
                "datasourceStates": {"formBased": {"layers": {self.layer: layer}}, "textBased": {"layers": {}}},
                "visualization": self._visualization(),
                "query": {"language": "kuery", "query": ""},
                "filters": [],
                "internalReferences": [],
                "adHocDataViews": {},
            },
        }

    @property
    def reference(self) -> str:
        """Name by which the layer refers to its data view."""
        return f"indexpattern-datasource-layer-{self.layer}"

    def _kind(self) -> str:
        raise NotImplementedError

    def _visualization(self) -> dict[str, Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class Metric(Chart):
    """One number: the layer's only column."""

    def _kind(self) -> str:
        return "lnsMetric"

    def _visualization(self) -> dict[str, Any]:
        return {"layerId": self.layer, "layerType": "data", "metricAccessor": self.columns[0].id}


@dataclass(frozen=True)
class Table(Chart):
    """Every column, one under its heading."""

    def _kind(self) -> str:
        return "lnsDatatable"

    def _visualization(self) -> dict[str, Any]:
        return {
            "layerId": self.layer,
            "layerType": "data",
            "columns": [{"columnId": column.id, "isTransposed": False} for column in self.columns],
        }


@dataclass(frozen=True)
class Series(Chart):
    """Bars, areas or lines.

    Attributes:
        kind: how they are drawn.
        x: id of the column along the axis.
        split: id of the column whose values are the series; None for a single one.
        y: id of the measured column.
    """

    kind: SeriesType = "bar_stacked"
    x: str = "time"
    split: str | None = None
    y: str = "count"

    def _kind(self) -> str:
        return "lnsXY"

    def _visualization(self) -> dict[str, Any]:
        layer: dict[str, Any] = {
            "layerId": self.layer,
            "layerType": "data",
            "seriesType": self.kind,
            "xAccessor": self.x,
            "accessors": [self.y],
        }
        if self.split is not None:
            layer["splitAccessor"] = self.split
        everywhere = {"x": True, "yLeft": True, "yRight": True}
        return {
            "preferredSeriesType": self.kind,
            "layers": [layer],
            "legend": {"isVisible": self.split is not None, "position": "right"},
            "valueLabels": "hide",
            "fittingFunction": "None",
            "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
            "tickLabelsVisibilitySettings": everywhere,
            "gridlinesVisibilitySettings": everywhere,
            "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
        }
