"""A Kibana that answers status, spaces and saved-object imports as its API documentation says."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from werkzeug import Request, Response

SUPPORTED_STAMPS = {"index-pattern": "8.0.0", "search": "10.5.0", "dashboard": "10.3.0"}


def _number(stamp: str) -> tuple[int, ...]:
    return tuple(map(int, stamp.split(".")))


@dataclass
class FakeKibana:
    """State of one server.

    Attributes:
        not_ready: how many status requests are answered with 503 before it is ready.
        level: overall level of the status afterwards.
        password: of the user ``elastic``; None takes everybody.
        broken: (path pattern, status) of requests that fail.
        refuse: object name to the error that its import gets.
        base_path: as ``server.basePath`` with ``rewriteBasePath``.
    """

    not_ready: int = 0
    level: str = "available"
    password: str | None = None
    api_key: str | None = None
    base_path: str = ""
    broken: list[tuple[str, int]] = field(default_factory=list)
    refuse: dict[str, dict[str, Any]] = field(default_factory=dict)
    spaces: dict[str, dict[str, Any]] = field(default_factory=lambda: {"default": {"id": "default"}})
    saved: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    imports: int = 0
    hide_spaces_until_post: bool = False

    def __call__(self, request: Request) -> Response:
        self.requests.append(f"{request.method} {request.path}")
        if not request.path.startswith(self.base_path + "/"):
            return self._error(404, "Not Found")
        path = request.path.removeprefix(self.base_path)
        for pattern, status in self.broken:
            if re.fullmatch(pattern, path):
                return self._error(status, "broken on purpose")
        if path == "/api/status":
            return self._status()
        if not self._known(request):
            return self._error(401, "[security_exception]: unable to authenticate user")
        if request.method != "GET" and "kbn-xsrf" not in request.headers:
            return self._error(400, "Request must contain a kbn-xsrf header.")
        match = re.fullmatch(r"(?:/s/(?P<space>[^/]+))?/api/(?P<rest>.*)", path)
        if match is None:
            return self._error(404, "Not Found")
        space, rest = match["space"] or "default", match["rest"]
        if rest == "spaces/space" and request.method == "POST":
            return self._create_space(request)
        if rest.startswith("spaces/space/") and request.method == "GET":
            name = rest.removeprefix("spaces/space/")
            there = name in self.spaces and not self.hide_spaces_until_post
            return self._ok(self.spaces[name]) if there else self._error(404, "Not Found")
        if rest == "saved_objects/_import" and request.method == "POST":
            return self._import(request, space)
        return self._error(404, "Not Found")

    def _known(self, request: Request) -> bool:
        given = request.headers.get("Authorization", "")
        if self.api_key is not None and given == f"ApiKey {self.api_key}":
            return True
        if self.password is not None:
            return given == "Basic " + base64.b64encode(f"elastic:{self.password}".encode()).decode()
        return self.api_key is None

    def _status(self) -> Response:
        if self.not_ready > 0:
            self.not_ready -= 1
            return Response("Kibana server is not ready yet", 503, mimetype="text/plain")
        return self._ok({"status": {"overall": {"level": self.level}}}, 200 if self.level != "unavailable" else 503)

    def _create_space(self, request: Request) -> Response:
        body = request.get_json()
        if body["id"] in self.spaces:
            return self._error(409, f"A space with the identifier {body['id']} already exists.")
        self.spaces[body["id"]] = body
        return self._ok(body)

    def _import(self, request: Request, space: str) -> Response:
        upload = request.files.get("file")
        if upload is None or not (request.content_type or "").startswith("multipart/form-data"):
            return self._error(400, "[request body.file]: expected value of type [Stream] but got [undefined]")
        if not (upload.filename or "").endswith(".ndjson"):
            return self._error(400, f"Invalid file extension {upload.filename}")
        if space not in self.spaces:
            return self._error(404, "Not Found")
        self.imports += 1
        store = self.saved.setdefault(space, {})
        overwrite = request.args.get("overwrite") == "true"
        items = [json.loads(line) for line in upload.read().decode("utf-8").splitlines()]
        for item in items:
            if _number(item["typeMigrationVersion"]) > _number(SUPPORTED_STAMPS[item["type"]]):
                return self._error(
                    400,
                    f'Document "{item["id"]}" belongs to a more recent version of Kibana '
                    f"[{item['typeMigrationVersion']}] when the last known version is "
                    f"[{SUPPORTED_STAMPS[item['type']]}].",
                )
        names = {f"{item['type']}:{item['id']}" for item in items}
        errors, results = [], []
        for item in items:
            name = f"{item['type']}:{item['id']}"
            title = item["attributes"]["title"]
            missing = [
                {"type": reference["type"], "id": reference["id"]}
                for reference in item["references"]
                if f"{reference['type']}:{reference['id']}" not in names | set(store)
            ]
            wrong: dict[str, Any] | None = None
            if name in self.refuse:
                wrong = self.refuse[name]
            elif missing:
                wrong = {"type": "missing_references", "references": missing}
            elif name in store and not overwrite:
                wrong = {"type": "conflict"}
            about = {"id": item["id"], "type": item["type"], "meta": {"title": title}, "managed": False}
            if wrong is not None:
                errors.append(about | {"error": wrong})
                continue
            result = about | ({"overwrite": True} if name in store else {})
            taken = any(name in others for key, others in self.saved.items() if key != space)
            if taken:
                result["destinationId"] = f"moved-{item['id']}"
            store[name] = item
            results.append(result)
        answer: dict[str, Any] = {"success": not errors, "successCount": len(results), "warnings": []}
        if results:
            answer["successResults"] = results
        if errors:
            answer["errors"] = errors
        return self._ok(answer)

    @staticmethod
    def _ok(body: dict[str, Any], status: int = 200) -> Response:
        return Response(json.dumps(body), status, mimetype="application/json")

    @staticmethod
    def _error(status: int, message: str) -> Response:
        body = {"statusCode": status, "error": str(status), "message": message}
        return Response(json.dumps(body), status, mimetype="application/json")
