"""Find the uploads of an agent, and the messages that name a file, without reading all of them."""

from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_index('ix_attachment_media_key', 'attachment', ['media_key'])
    op.create_index('ix_upload_agent', 'upload', ['agent_id', 'created_at'])


def downgrade() -> None:
    """Undo this migration."""
    op.drop_index('ix_upload_agent', 'upload')
    op.drop_index('ix_attachment_media_key', 'attachment')
