"""Store the reason why the worker can't start a browser for a number."""

import sqlalchemy as sa

from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('browser_error', sa.String(length=300), nullable=False, server_default=''))


def downgrade() -> None:
    """Undo this migration."""
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_column('browser_error')
