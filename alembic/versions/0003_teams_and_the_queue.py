"""Teams, labels and routing rules; capacity and shifts; the order, response timer and business hours of a number."""

from typing import Any

import sqlalchemy as sa

from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_DUE = sa.text('due_at IS NOT NULL')
_WAITING = sa.text("assignee_id IS NULL AND status = 'open'")


def upgrade() -> None:
    """Apply this migration."""
    op.create_table('assignment_settings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('default_capacity', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('label',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name')
    )
    op.create_table('team',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name')
    )
    op.create_table('routing_rule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('inbox_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('keywords', sa.String(length=500), nullable=False),
    sa.Column('label_id', sa.Integer(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id'], ),
    sa.ForeignKeyConstraint(['label_id'], ['label.id'], ),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('routing_rule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_routing_rule_inbox_id'), ['inbox_id'], unique=False)

    op.create_table('team_member',
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], ),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], ),
    sa.PrimaryKeyConstraint('team_id', 'agent_id')
    )
    with op.batch_alter_table('team_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_team_member_agent_id'), ['agent_id'], unique=False)

    op.create_table('conversation_label',
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('label_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], ),
    sa.ForeignKeyConstraint(['label_id'], ['label.id'], ),
    sa.PrimaryKeyConstraint('conversation_id', 'label_id')
    )
    with op.batch_alter_table('conversation_label', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conversation_label_label_id'), ['label_id'], unique=False)

    # PostgreSQL locks this single row.
    op.execute('INSERT INTO assignment_settings (id, default_capacity) VALUES (1, 30)')

    _add('agent', sa.Column('capacity', sa.Integer(), nullable=True))
    _add('agent', sa.Column('may_reply', sa.Boolean(), nullable=False, server_default=sa.true()))
    _add('agent', sa.Column('shift_hours', sa.String(length=1000), nullable=True))
    _add('agent', sa.Column('shift_closed_at', sa.BigInteger(), nullable=True))

    _add('assignment', sa.Column('team_id', sa.Integer(), sa.ForeignKey('team.id'), nullable=True))
    _add('assignment', sa.Column('note', sa.Text(), nullable=False, server_default=''))
    # Earlier versions used the same word for both.
    op.execute("UPDATE assignment SET kind = 'sticky' WHERE kind = 'returned' AND agent_id IS NOT NULL")

    _add('conversation', sa.Column('team_id', sa.Integer(), sa.ForeignKey('team.id'), nullable=True))
    _add('conversation', sa.Column('priority', sa.Integer(), nullable=False, server_default='0'))
    _add('conversation', sa.Column('is_by_hand', sa.Boolean(), nullable=False, server_default=sa.false()))
    _add('conversation', sa.Column('due_at', sa.BigInteger(), nullable=True))
    _add('conversation', sa.Column('response_rounds', sa.Integer(), nullable=False, server_default='0'))
    _add('conversation', sa.Column('returned_from_id', sa.Integer(), sa.ForeignKey('agent.id'), nullable=True))
    _add('conversation', sa.Column('escalated_at', sa.BigInteger(), nullable=True))
    _add('conversation', sa.Column('assignment_id', sa.Integer(), nullable=True))
    op.execute(
        'UPDATE conversation SET assignment_id ='
        ' (SELECT max(id) FROM assignment WHERE assignment.conversation_id = conversation.id)'
    )
    op.create_index('ix_conversation_due', 'conversation', ['due_at'], sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_index(
        'ix_conversation_waiting', 'conversation', ['inbox_id'], sqlite_where=_WAITING, postgresql_where=_WAITING
    )

    op.create_index('ix_assignment_turn', 'assignment', ['agent_id', 'kind', 'at'])

    _add('inbox', sa.Column('assignment_order', sa.String(length=32), nullable=False, server_default='round_robin'))
    _add('inbox', sa.Column('is_sticky', sa.Boolean(), nullable=False, server_default=sa.true()))
    _add('inbox', sa.Column('response_minutes', sa.Integer(), nullable=True))
    _add('inbox', sa.Column('escalate_after', sa.Integer(), nullable=False, server_default='2'))
    _add('inbox', sa.Column('business_hours', sa.String(length=1000), nullable=True))
    _add('inbox', sa.Column('timezone', sa.String(length=64), nullable=False, server_default='Asia/Jakarta'))


def _add(table: str, column: "sa.Column[Any]") -> None:
    """Add a column together with its reference. Otherwise SQLite would copy the table and forget which ids were used."""
    op.add_column(table, column, inline_references=True)


def downgrade() -> None:
    """Undo this migration."""
    _drop('inbox', 'timezone', 'business_hours', 'escalate_after', 'response_minutes', 'is_sticky', 'assignment_order')
    op.drop_index('ix_assignment_turn', 'assignment')
    op.drop_index('ix_conversation_waiting', 'conversation')
    op.drop_index('ix_conversation_due', 'conversation')
    _drop(
        'conversation',
        'assignment_id', 'escalated_at', 'returned_from_id', 'response_rounds', 'due_at', 'is_by_hand', 'priority', 'team_id',
        table_kwargs={'sqlite_autoincrement': True},
    )
    _drop('assignment', 'note', 'team_id')
    _drop('agent', 'shift_closed_at', 'shift_hours', 'may_reply', 'capacity')

    with op.batch_alter_table('conversation_label', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_conversation_label_label_id'))

    op.drop_table('conversation_label')
    with op.batch_alter_table('team_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_team_member_agent_id'))

    op.drop_table('team_member')
    with op.batch_alter_table('routing_rule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_routing_rule_inbox_id'))

    op.drop_table('routing_rule')
    op.drop_table('team')
    op.drop_table('label')
    op.drop_table('assignment_settings')


def _drop(table: str, *columns: str, **options: Any) -> None:
    with op.batch_alter_table(table, schema=None, **options) as batch_op:
        for column in columns:
            batch_op.drop_column(column)
