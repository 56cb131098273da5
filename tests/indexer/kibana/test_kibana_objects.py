from __future__ import annotations

import fnmatch
import json
from itertools import combinations
from typing import Any

import pytest

from contracts.settings import ElasticsearchSettings
from indexer.kibana import build
from indexer.kibana.charts import RECORDS
from indexer.kibana.dashboard import GRID_COLUMNS, Box, Dashboard
from indexer.kibana.newsroom import DEFAULT_ALIAS, ENGLISH, GERMAN, TIME_FIELD, Words, data_view, headlines, newsroom
from indexer.template import PROPERTIES, index_template, placements_index

ALLOWED_STAMPS = {
    "index-pattern": {"8.0.0"},
    "search": {"8.0.0"},
    "dashboard": {"8.9.0", "10.2.0"},
}
"""What both 8.19 and 9.x take; a higher one is refused by 8.19."""

FITTING = {
    "date_histogram": {"date"},
    "terms": {"keyword", "boolean", "integer"},
    "unique_count": {"keyword"},
}

WORDS = pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=["english", "german"])


def committed() -> list[dict[str, Any]]:
    return [json.loads(line) for line in build.FILE.read_text(encoding="utf-8").splitlines()]


def of_type(kind: str) -> list[dict[str, Any]]:
    return [item for item in committed() if item["type"] == kind]


def panels() -> list[dict[str, Any]]:
    return [panel for item in of_type("dashboard") for panel in json.loads(item["attributes"]["panelsJSON"])]


def charts() -> list[dict[str, Any]]:
    return [panel["embeddableConfig"]["attributes"] for panel in panels() if panel["type"] == "lens"]


def layers() -> list[tuple[dict[str, Any], str, dict[str, Any]]]:
    return [
        (chart, name, layer)
        for chart in charts()
        for name, layer in chart["state"]["datasourceStates"]["formBased"]["layers"].items()
    ]


def dashboard(words: Words) -> Dashboard:
    view = data_view()
    return newsroom(view, words, headlines(view, words))


def mapped(path: str) -> dict[str, Any]:
    """The mapping of a dotted field, which no nested field encloses: Lens cannot see into those."""
    node: dict[str, Any] = {"properties": PROPERTIES}
    for part in path.split("."):
        assert node.get("type") != "nested", f"{path} lies in a nested field"
        inside = node.get("properties", {}) | node.get("fields", {})
        assert part in inside, f"{path} is not in the mapping"
        node = inside[part]
    return node


def test_the_committed_file_is_what_the_code_builds(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--check"]) == 0, capsys.readouterr().err


def test_drift_is_found_and_mended(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "objects" / "newsroom.ndjson"
    monkeypatch.setattr(build, "FILE", file)
    assert build.main(["--check"]) == 1
    assert not file.exists()
    assert build.main([]) == 0
    assert build.main(["--check"]) == 0
    file.write_text(file.read_text(encoding="utf-8").replace("Newsroom", "newsroom"), encoding="utf-8")
    assert build.main(["--check"]) == 1
    assert build.main(["--fix"]) == 2


def test_every_object_is_stamped_for_8_19_and_9() -> None:
    for item in committed():
        assert item["coreMigrationVersion"] == "8.8.0"
        assert item["typeMigrationVersion"] in ALLOWED_STAMPS[item["type"]]
        assert item["managed"] is False


def test_ids_are_fixed_readable_and_unique() -> None:
    names = [(item["type"], item["id"]) for item in committed()]
    assert len(set(names)) == len(names)
    assert all(name.startswith("newswire-") for _, name in names)


def test_every_reference_resolves_to_an_object_that_stands_before_it() -> None:
    seen: set[tuple[str, str]] = set()
    for item in committed():
        for reference in item["references"]:
            assert (reference["type"], reference["id"]) in seen
        names = [reference["name"] for reference in item["references"]]
        assert len(set(names)) == len(names)
        seen.add((item["type"], item["id"]))


def test_every_name_that_the_attributes_refer_to_is_a_reference_and_none_is_left_over() -> None:
    for item in of_type("search"):
        source = json.loads(item["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        assert [source["indexRefName"]] == [reference["name"] for reference in item["references"]]
    for item in of_type("dashboard"):
        wanted = []
        for panel in json.loads(item["attributes"]["panelsJSON"]):
            if panel["type"] == "search":
                wanted.append(f"{panel['panelIndex']}:{panel['panelRefName']}")
            else:
                chart = panel["embeddableConfig"]["attributes"]
                wanted += [f"{panel['panelIndex']}:{reference['name']}" for reference in chart["references"]]
        group = item["attributes"]["controlGroupInput"]
        wanted += [f"controlGroup_{name}:optionsListDataView" for name in json.loads(group["panelsJSON"])]
        assert sorted(wanted) == sorted(reference["name"] for reference in item["references"])


def test_every_layer_of_a_chart_has_its_data_view() -> None:
    for chart, name, _ in layers():
        assert [reference["name"] for reference in chart["references"]] == [f"indexpattern-datasource-layer-{name}"]


def test_every_dashboard_attribute_is_one_that_kibana_knows() -> None:
    known = {
        "title", "description", "version", "panelsJSON", "optionsJSON", "timeRestore", "timeFrom", "timeTo",
        "refreshInterval", "kibanaSavedObjectMeta", "controlGroupInput", "hits",
    }  # fmt: skip
    for item in of_type("dashboard"):
        assert set(item["attributes"]) <= known


def test_every_attribute_of_a_search_is_one_that_kibana_knows_since_8_8() -> None:
    known = {
        "title", "description", "columns", "sort", "grid", "rowHeight", "rowsPerPage", "hideChart", "breakdownField",
        "kibanaSavedObjectMeta", "isTextBasedQuery", "usesAdHocDataView", "timeRestore", "timeRange",
        "refreshInterval", "viewMode", "hideAggregatedPreview", "hits", "version",
    }  # fmt: skip
    for item in of_type("search"):
        assert set(item["attributes"]) <= known
        assert all(len(entry) == 2 for entry in item["attributes"]["sort"])


def test_every_attribute_of_a_control_group_is_one_that_kibana_knows() -> None:
    known = {"panelsJSON", "controlStyle", "chainingSystem", "ignoreParentSettingsJSON", "showApplySelections"}
    for item in of_type("dashboard"):
        assert set(item["attributes"]["controlGroupInput"]) == known


def test_no_panels_id_is_the_beginning_of_another_ones_reference() -> None:
    """Kibana finds a panel's references by their beginning."""
    for item in of_type("dashboard"):
        ids = [panel["panelIndex"] for panel in json.loads(item["attributes"]["panelsJSON"])]
        for name in ids:
            assert len([reference for reference in item["references"] if reference["name"].startswith(f"{name}:")]) == 1


def test_the_data_view_matches_the_articles_and_not_the_placements() -> None:
    (view,) = of_type("index-pattern")
    pattern = view["attributes"]["title"]
    assert pattern == f"{DEFAULT_ALIAS}*"
    assert ElasticsearchSettings().alias == DEFAULT_ALIAS  # type: ignore[call-arg]  # pydantic fills the defaults
    assert fnmatch.fnmatch(f"{DEFAULT_ALIAS}-2026-11", pattern)
    assert fnmatch.fnmatch(DEFAULT_ALIAS, pattern)
    assert not fnmatch.fnmatch(placements_index(DEFAULT_ALIAS), pattern)
    assert not fnmatch.fnmatch("news-placements", pattern)
    template = index_template(ElasticsearchSettings())  # type: ignore[call-arg]
    assert all(fnmatch.fnmatch(inner.replace("*", "x"), pattern) for inner in template["index_patterns"])


def test_the_time_field_is_a_date() -> None:
    (view,) = of_type("index-pattern")
    assert view["attributes"]["timeFieldName"] == TIME_FIELD
    assert mapped(TIME_FIELD)["type"] == "date"


def test_every_field_of_a_chart_is_mapped_with_a_fitting_type() -> None:
    checked = 0
    for _, _, layer in layers():
        for column in layer["columns"].values():
            if column["sourceField"] == RECORDS:
                continue
            field = mapped(column["sourceField"])
            assert field["type"] in FITTING[column["operationType"]], column
            assert field.get("doc_values", True) and field.get("index", True), column
            checked += 1
    assert checked > 20


def test_every_field_of_a_condition_is_mapped() -> None:
    conditions = [column["filter"]["query"] for _, _, layer in layers() for column in layer["columns"].values()
                  if "filter" in column]  # fmt: skip
    assert conditions
    for condition in conditions:
        mapped(condition.removeprefix("not ").split(":")[0].strip())


def test_every_column_and_sort_field_of_a_list_of_headlines_is_mapped() -> None:
    for item in of_type("search"):
        for column in item["attributes"]["columns"]:
            mapped(column)
        ((field, direction),) = item["attributes"]["sort"]
        assert mapped(field)["type"] == "date"
        assert direction == "desc"


def test_every_control_lists_a_keyword() -> None:
    for item in of_type("dashboard"):
        controls = json.loads(item["attributes"]["controlGroupInput"]["panelsJSON"])
        assert controls
        for name, control in controls.items():
            assert control["explicitInput"]["id"] == name
            assert mapped(control["explicitInput"]["fieldName"])["type"] == "keyword"


def test_every_accessor_of_a_visualisation_is_a_column_of_its_layer() -> None:
    for chart in charts():
        shown = chart["state"]["visualization"]
        (layers_,) = [chart["state"]["datasourceStates"]["formBased"]["layers"]]
        for part in shown.get("layers", [shown]):
            columns = layers_[part["layerId"]]["columns"]
            used = [part[key] for key in ("xAccessor", "splitAccessor", "metricAccessor") if key in part]
            used += part.get("accessors", [])
            used += [column["columnId"] for column in part.get("columns", [])]
            assert used
            assert set(used) == set(columns), chart["title"]


def test_column_order_names_every_column_buckets_first() -> None:
    for _, _, layer in layers():
        order = layer["columnOrder"]
        assert sorted(order) == sorted(layer["columns"])
        bucketed = [layer["columns"][name]["isBucketed"] for name in order]
        assert bucketed == sorted(bucketed, reverse=True)


def test_every_ordering_column_is_a_metric_of_the_layer() -> None:
    for _, _, layer in layers():
        for column in layer["columns"].values():
            if column["operationType"] == "terms":
                by = layer["columns"][column["params"]["orderBy"]["columnId"]]
                assert not by["isBucketed"]


@WORDS
def test_panels_stand_on_the_grid_and_do_not_overlap(words: Words) -> None:
    boxes = [panel.box for panel in dashboard(words).panels]
    assert all(box.x >= 0 and box.y >= 0 and box.w > 0 and box.h > 0 and box.x + box.w <= GRID_COLUMNS for box in boxes)
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


@WORDS
def test_the_grid_has_no_holes(words: Words) -> None:
    boxes = [panel.box for panel in dashboard(words).panels]
    assert sum(box.w * box.h for box in boxes) == GRID_COLUMNS * max(box.y + box.h for box in boxes)


def test_boxes_that_only_touch_do_not_overlap() -> None:
    assert not Box(0, 0, 2, 2).overlaps(Box(2, 0, 2, 2))
    assert not Box(0, 0, 2, 2).overlaps(Box(0, 2, 2, 2))
    assert Box(0, 0, 3, 3).overlaps(Box(2, 2, 2, 2))


def test_a_panel_is_what_its_grid_data_says() -> None:
    for panel in panels():
        assert panel["gridData"]["i"] == panel["panelIndex"]
        assert set(panel) <= {"type", "panelIndex", "gridData", "embeddableConfig", "panelRefName", "title"}


@WORDS
def test_a_newsroom_shows_what_it_must(words: Words) -> None:
    shown = {panel.id for panel in dashboard(words).panels}
    assert shown >= {"articles", "by-source", "by-language", "people", "organisations", "places"}
    assert shown >= {"topics", "countries", "headlines"}


def test_the_two_languages_differ_in_words_only() -> None:
    english, german = (dashboard(words) for words in (ENGLISH, GERMAN))
    assert [(panel.id, panel.box) for panel in english.panels] == [(panel.id, panel.box) for panel in german.panels]
    assert {panel.content.title for panel in english.panels}.isdisjoint(panel.content.title for panel in german.panels)


def test_the_file_holds_no_formula_and_no_query_of_its_own() -> None:
    for chart in charts():
        assert chart["state"]["query"] == {"language": "kuery", "query": ""}
        assert chart["state"]["filters"] == []
        assert chart["state"]["adHocDataViews"] == {}
