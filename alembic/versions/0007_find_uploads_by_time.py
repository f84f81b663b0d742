"""Find the uploads that ended, and what names their files, without reading a day's rows."""

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards."""
    op.create_index('ix_upload_created', 'upload', ['created_at', 'size_bytes'])
    op.create_index('ix_upload_media_key', 'upload', ['media_key'])


def downgrade() -> None:
    """Backwards."""
    op.drop_index('ix_upload_media_key', 'upload')
    op.drop_index('ix_upload_created', 'upload')
