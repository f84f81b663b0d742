"""The database statements of uploads. `tests/inbox/test_upload.py` tests their behaviour."""

from sqlalchemy import Engine
from sqlmodel import Session

from roms_app.models import Upload
from roms_app.models.base import now_ms
from roms_app.services import uploads
from roms_app.services.access import id_of
from roms_app.services.uploads import Quota
from tests.services.statements import plans
from tests.support.cast import make_agent
from wa_worker.contract.commands import MediaKind


def test_neither_a_quota_nor_the_clean_up_reads_a_days_rows(sqlite_engine: Engine) -> None:
    with Session(sqlite_engine.execution_options(roms_writes=True)) as session:
        budi = make_agent(session, "Budi")
        for number, age in enumerate((0, 2 * uploads.KEPT_MS)):
            session.add(
                Upload(
                    token_hash=str(number),
                    agent_id=id_of(budi),
                    conversation_id=1,
                    kind=MediaKind.IMAGE,
                    media_key=str(number),
                    mimetype="image/png",
                    size_bytes=1,
                    sha256="",
                    created_at=now_ms() - age,
                )
            )
        session.flush()
        with plans(session) as seen:
            uploads.require_room(session, budi, 1, Quota(agent_bytes=2, total_bytes=2))
            assert uploads.ended_uploads(session).keys == ["1"]
    assert [plan.partition(" (")[0] for plan in seen] == [
        "SEARCH upload USING INDEX ix_upload_agent",
        # The sizes are in it, too.
        "SEARCH upload USING COVERING INDEX ix_upload_created",
        "SEARCH upload USING INDEX ix_upload_created",
        "SEARCH attachment USING COVERING INDEX ix_attachment_media_key",
        "SEARCH upload USING INDEX ix_upload_media_key",
    ]
