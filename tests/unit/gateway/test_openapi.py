"""One OpenAPI document of several."""

import json

from gateway import openapi
from gateway.openapi import Documents, merge


def document(paths: dict[str, object], **schemas: object) -> dict[str, object]:
    operations = {path: {"get": {"tags": ["x"], "responses": {}, "uses": using}} for path, using in paths.items()}
    return {"openapi": "3.1.0", "paths": operations, "components": {"schemas": schemas}}


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


class TestMerge:
    def test_has_the_routed_paths_of_each_service_under_its_tag(self):
        merged = merge(
            {"booking": document({"/reservations": 1, "/timeline/{id}": 1}), "fare": document({"/fares": 1})}
        )

        assert {path: item["get"]["tags"] for path, item in merged["paths"].items()} == {
            "/reservations": ["booking"],
            "/fares": ["fare"],
        }
        assert [tag["name"] for tag in merged["tags"]] == ["booking", "fare"]

    def test_leaves_out_paths_that_lead_to_another_service(self):
        merged = merge({"flight": document({"/departures/{id}/seats": 1, "/departures/{id}": 1})})

        assert list(merged["paths"]) == ["/departures/{id}"]

    def test_keeps_components_that_are_the_same_once(self):
        merged = merge(
            {
                "booking": document({"/reservations": reference("Money")}, Money={"type": "number"}),
                "payment": document({"/payments": reference("Money")}, Money={"type": "number"}),
            }
        )

        assert list(merged["components"]["schemas"]) == ["Money"]

    def test_tells_components_apart_that_differ(self):
        merged = merge(
            {
                "booking": document({"/reservations": reference("Thing")}, Thing={"type": "number"}),
                "payment": document({"/payments": reference("Thing")}, Thing={"type": "string"}),
            }
        )

        assert merged["components"]["schemas"] == {"Thing": {"type": "number"}, "payment.Thing": {"type": "string"}}
        assert merged["paths"]["/reservations"]["get"]["uses"] == reference("Thing")
        assert merged["paths"]["/payments"]["get"]["uses"] == reference("payment.Thing")

    def test_tells_apart_what_reads_the_same_and_refers_to_what_differs(self):
        merged = merge(
            {
                "booking": document({"/reservations": 1}, Outer=reference("Inner"), Inner={"type": "number"}),
                "payment": document({"/payments": 1}, Outer=reference("Inner"), Inner={"type": "string"}),
            }
        )

        assert merged["components"]["schemas"]["payment.Outer"] == reference("payment.Inner")
        assert merged["components"]["schemas"]["Outer"] == reference("Inner")

    def test_does_not_take_one_name_for_the_beginning_of_another(self):
        merged = merge(
            {
                "booking": document({}, Thing={"type": "number"}, ThingList={"type": "array"}),
                "payment": document(
                    {"/payments": reference("ThingList")}, Thing={"type": "string"}, ThingList={"type": "array"}
                ),
            }
        )

        assert merged["paths"]["/payments"]["get"]["uses"] == reference("ThingList")

    def test_says_who_is_missing(self):
        merged = merge({"booking": document({})}, missing=["fare"])

        assert merged["x-missing"] == ["fare"]
        assert "fare" in merged["info"]["description"]

    def test_changes_none_of_the_documents(self):
        given = {"booking": document({"/reservations": 1}), "payment": document({"/payments": 1})}
        before = json.dumps(given)

        merge(given)

        assert json.dumps(given) == before


class TestDocuments:
    def documents(self, monkeypatch, answers):
        self.now = 0.0
        self.asked = 0

        def ask(_http, url):
            self.asked += 1
            return answers[url]

        monkeypatch.setattr(openapi, "_document", ask)
        return Documents({"booking": "b", "fare": "f"}, clock=lambda: self.now)

    def test_are_asked_for_once_in_a_while(self, monkeypatch):
        documents = self.documents(monkeypatch, {"b": document({"/reservations": 1}), "f": document({"/fares": 1})})

        first = documents.merged()
        self.now += openapi.COMPLETE_SECONDS - 1
        assert documents.merged() is first
        self.now += 1
        documents.merged()

        assert self.asked == 4

    def test_that_lack_a_service_are_asked_for_soon_again(self, monkeypatch):
        answers = {"b": document({"/reservations": 1}), "f": None}
        documents = self.documents(monkeypatch, answers)

        assert documents.merged()["x-missing"] == ["fare"]
        answers["f"] = document({"/fares": 1})
        self.now += openapi.INCOMPLETE_SECONDS

        assert "x-missing" not in documents.merged()
