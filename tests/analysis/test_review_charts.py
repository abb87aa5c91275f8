"""Reviews in figures and charts: what they are known of, whether the goals are met, and what ratings alone tell."""

from dataclasses import replace

from analysis.audience_rows import REVIEWS, load_audience, load_ratings
from taquilla.analysis.charts import charts, has, read_chart
from taquilla.analysis.coverage import has_generated_reviews, read_coverage
from taquilla.analysis.kpis import GOALS, goal_note, read_goals, read_review_kpis, told_of_goals, told_of_reviews
from taquilla.analysis.language import language
from taquilla.warehouse.asking import asking
from warehouse.given import warehouse

EN, ES = language("en"), language("es")


def test_reviews_are_told_with_their_goals_and_with_what_they_are_known_of() -> None:
    connection = warehouse()
    load_audience(connection)
    ask = asking(connection)
    coverage = read_coverage(ask)
    assert has(coverage) == (False, False, True)
    assert (coverage["reviews"], coverage["reviews_starred"], coverage["venues"]) == (REVIEWS, REVIEWS - 1, 14)
    assert has_generated_reviews(coverage)
    tiles = {tile.name: tile for tile in told_of_reviews(ES, read_review_kpis(ask))}
    assert tiles["reviews"].note == "de 14 locales, del 1 de octubre de 2023 al 31 de marzo de 2024"
    assert tiles["growth"].note == "reseñas de mar 2024 frente al mes anterior"
    goals = told_of_goals(EN, read_goals(ask))
    assert [goal.name for goal in goals] == list(GOALS)
    (month,) = ask(
        "select * from mart.review_goals where scope_kind = 'all' and month = '2024-03-01' and kpi = 'growth'"
    )
    growth = goals[1]
    assert (growth.value, growth.goal, growth.is_met) == (EN.share(month["value"], 1), "5.0%", month["is_met"])
    assert goal_note(EN, growth) == f"in Mar 2024; goal 5.0%: {'met' if month['is_met'] else 'not met'}"
    points = read_chart(replace(charts()["venue_map"], rows=3), ask, coverage)
    assert (points.one_in, points.one_in_text) == (4, "charts.one_in_places")
    assert len(points.rows) < 12


def test_ratings_alone_have_no_review_and_no_zero() -> None:
    connection = warehouse()
    load_ratings(connection)
    figures = read_review_kpis(asking(connection))
    assert [(tile.name, tile.value) for tile in told_of_reviews(EN, figures)] == [("ratings", "300")]
    assert read_goals(asking(connection)) == []
