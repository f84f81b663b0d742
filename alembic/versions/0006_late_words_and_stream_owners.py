"""Store the time of a number's last report, so that late reports change nothing, and the owner of its event stream."""

import sqlalchemy as sa

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told_at', sa.BigInteger(), nullable=False, server_default='0'))
    op.create_table(
        'stream_owner',
        sa.Column('inbox_id', sa.Integer(), nullable=False),
        sa.Column('epoch', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id']),
        sa.PrimaryKeyConstraint('inbox_id'),
    )


def downgrade() -> None:
    """Undo this migration."""
    op.drop_table('stream_owner')
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_column('told_at')
