"""`taquilla ask` over a small shop of CSV files: what it lists, answers, and says when it cannot."""

import json
import os
import subprocess
from pathlib import Path

import pytest

import command_line

SHOP = {
    "film.csv": "film_id,title,rental_duration,rental_rate,replacement_cost\n"
    "1,ACADEMY DINOSAUR,6,0.99,20.99\n2,ACE,3,4.99,12.99\n",
    "inventory.csv": "inventory_id,film_id,store_id\n1,1,1\n2,1,2\n3,2,1\n",
    "customer.csv": "customer_id,store_id,first_name,last_name\n1,1,MARY,SMITH\n",
    "rental.csv": "rental_id,rental_date,inventory_id,customer_id,return_date,staff_id\n"
    "1,2005-05-24 10:00:00,1,1,2005-05-26 10:00:00,1\n2,2005-05-25 11:00:00,1,1,,1\n3,2005-05-25 12:00:00,3,1,,1\n",
}


def taquilla(*arguments: str, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("TAQUILLA_")}
    env |= {"COLUMNS": "200", "XDG_CONFIG_HOME": str(folder)}
    done = command_line.taquilla("--data", str(folder / "data"), *arguments, folder=folder, env=env)
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a shop of CSV files was brought in."""
    folder = tmp_path_factory.mktemp("ask")
    (folder / "shop").mkdir()
    for name, text in SHOP.items():
        (folder / "shop" / name).write_text(text, "utf-8")
    taquilla("rentals", "shop", folder=folder)
    return folder


def test_the_questions_are_listed_in_both_languages(shop: Path) -> None:
    english, spanish = (
        json.loads(taquilla("ask", "--language", language, "--json", folder=shop).stdout) for language in ("en", "es")
    )
    assert [row["question"] for row in english] == [row["question"] for row in spanish]
    assert {"in_stock", "overdue", "never_stocked", "most_rented", "duration_quartiles"} <= {
        r["question"] for r in english
    }
    assert not {row["asks"] for row in english} & {row["asks"] for row in spanish}


def test_a_question_is_answered_with_its_parameters(shop: Path) -> None:
    [best] = json.loads(taquilla("ask", "most-rented", "films=1", "--json", folder=shop).stdout)
    assert (best["film"], best["rentals"]) == ("ACADEMY DINOSAUR", 2)
    for store, copies, in_stock in ((1, 1, 0), (2, 1, 1)):
        [found] = json.loads(taquilla("ask", "in_stock", f"store={store}", "--json", folder=shop).stdout)
        assert (found["copies"], found["copies_in_stock"], found["is_in_stock"]) == (copies, in_stock, bool(in_stock))


def test_what_cannot_be_asked_is_told(shop: Path, tmp_path: Path) -> None:
    said = taquilla("ask", "most_rentd", folder=shop, code=2).stderr
    assert "Did you mean most_rented" in said
    assert "no parameter 'shop'" in taquilla("ask", "in_stock", "shop=1", folder=shop, code=2).stderr
    assert "whole number" in taquilla("ask", "in_stock", "store=one", folder=shop, code=2).stderr
    assert "taquilla run" in taquilla("ask", "overdue", folder=tmp_path, code=4).stderr
