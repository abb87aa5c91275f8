"""/api/charts: every chart answers, in both languages, with the rows of its mart and the films that it speaks of."""

import pytest
from fastapi.testclient import TestClient

from taquilla.web.language import CODES, language


def test_every_chart_answers_with_the_columns_that_it_names(client: TestClient) -> None:
    listed = client.get("/api/charts").json()
    assert len(listed) > 20
    for chart in listed:
        found = client.get(f"/api/charts/{chart['name']}").json()
        assert {name: found[name] for name in chart} == chart
        assert 0 <= found["known"] <= found["whole"] == 5, chart["name"]
        assert found["counted"] == "films"
        for row in found["rows"]:
            assert {found["label"], *found["values"]} <= row.keys(), chart["name"]


@pytest.mark.parametrize(
    ("address", "accepted", "code"),
    [("?lang=en", "es", "en"), ("?lang=es", "en", "es"), ("", "es-MX, en;q=0.5", "es"), ("", "de", "en")],
)
def test_the_words_are_in_the_language_asked_for(client: TestClient, address: str, accepted: str, code: str) -> None:
    title = language(code).text("charts.top_films.title")
    for path in ("/api/charts", "/api/charts/top_films"):
        answer = client.get(path + address, headers={"Accept-Language": accepted}).json()
        assert (answer if isinstance(answer, dict) else answer[0])["title"] == title
    assert len({language(each).text("charts.top_films.title") for each in CODES}) == 2


def test_a_chart_is_its_marts_rows(client: TestClient) -> None:
    chart = client.get("/api/charts/top_films").json()
    mart = client.get("/api/marts/top_films").json()
    assert chart["rows"] == [dict(zip(mart["columns"], row, strict=True)) for row in mart["rows"]]
    assert chart["coverage"] == "4 of 5 films have a popularity."


def test_an_unknown_chart_is_told_with_the_known_ones(client: TestClient) -> None:
    answer = client.get("/api/charts/nope")
    assert answer.status_code == 404
    assert "top_films" in answer.json()["next_step"]
    assert client.get("/api/charts?lang=fr").status_code == 422
