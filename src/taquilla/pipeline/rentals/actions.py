"""What each step of the rentals does: as `pipeline/actions.py`, for a shop."""

from taquilla.errors import SettingsError
from taquilla.pipeline.actions import Context, Outcome
from taquilla.pipeline.addresses import open_source
from taquilla.pipeline.rentals import curate, land, links, load
from taquilla.pipeline.subjects import among_the_others


def land_rentals(context: Context) -> Outcome:
    """A shop's tables → raw."""
    shop = context.shop
    if shop is None:
        raise SettingsError(
            "No shop is named. Set rentals.source (TAQUILLA_RENTALS__SOURCE) to a connection's name, a workbook or a "
            "folder; or name it: taquilla rentals SOURCE"
        )
    with open_source(shop.address, shop.databases) as source:
        landed = land.land_rentals(
            context.lake,
            source,
            run_id=context.run_id,
            now=context.now,
            engine=context.engine,
            buckets=context.buckets,
            is_full=shop.is_full,
            overlap_s=shop.overlap_s,
            batch_rows=shop.batch_rows,
            progress=context.progress,
        )
    return Outcome(sum(landed.rows.values()), dead=landed.dead, note=landed.told())


def curate_rentals(context: Context) -> Outcome:
    """Raw → the shop's curated tables, contract-checked."""
    done = curate.curate_rentals(context.lake, context.engine, rebuild=context.rebuild, progress=context.progress)
    note = f"{done.repaired:,} cells repaired or refused" if done.repaired else ""
    return Outcome(done.raw_rows, parts=done.parts, quarantined=done.quarantined, note=note)


def link_films(context: Context) -> Outcome:
    """The shop's films ↔ the catalogue's."""
    linked = links.link_rental_films(context.lake, rebuild=context.rebuild)
    return Outcome(linked.films, note=f"{linked.linked:,} of them are in the catalogue" if linked.films else "")


def load_rentals(context: Context) -> Outcome:
    """Curated → the star schema in the warehouse."""
    with among_the_others("rentals", context):
        loaded = load.load_rentals(
            context.lake, context.warehouse, rebuild=context.rebuild, memory_limit=context.memory_limit
        )
    return Outcome(loaded.rentals + loaded.payments, note="all anew" if loaded.is_whole else "")
