"""Index expired uploads and the rows that name their files, so that finding them does not read a day's rows."""

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_index('ix_upload_created', 'upload', ['created_at', 'size_bytes'])
    op.create_index('ix_upload_media_key', 'upload', ['media_key'])


def downgrade() -> None:
    """Undo this migration."""
    op.drop_index('ix_upload_media_key', 'upload')
    op.drop_index('ix_upload_created', 'upload')
