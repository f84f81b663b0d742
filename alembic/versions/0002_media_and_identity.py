"""Files, reactions, aliases and merges of contacts, alerts and settings of a number."""

from typing import Any

import sqlalchemy as sa

from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table('contact_alias',
    sa.Column('inbox_id', sa.Integer(), nullable=False),
    sa.Column('jid', sa.String(length=128), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], ),
    sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id'], ),
    sa.PrimaryKeyConstraint('inbox_id', 'jid')
    )
    with op.batch_alter_table('contact_alias', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_alias_contact_id'), ['contact_id'], unique=False)

    op.create_table('contact_merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('inbox_id', sa.Integer(), nullable=False),
    sa.Column('kept_contact_id', sa.Integer(), nullable=False),
    sa.Column('dropped_contact_id', sa.Integer(), nullable=False),
    sa.Column('dropped_contact', sa.JSON(), nullable=False),
    sa.Column('dropped_conversation', sa.JSON(), nullable=True),
    sa.Column('dropped_conversation_id', sa.Integer(), nullable=True),
    sa.Column('kept_before', sa.JSON(), nullable=False),
    sa.Column('moved', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('merged_at', sa.BigInteger(), nullable=False),
    sa.Column('undone_at', sa.BigInteger(), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id'], ),
    sa.ForeignKeyConstraint(['kept_contact_id'], ['contact.id'], ),
    sa.ForeignKeyConstraint(['undone_by_id'], ['agent.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('contact_merge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_merge_kept_contact_id'), ['kept_contact_id'], unique=False)
        batch_op.create_index(
            batch_op.f('ix_contact_merge_dropped_conversation_id'), ['dropped_conversation_id'], unique=False
        )

    op.create_table('early_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('inbox_id', sa.Integer(), nullable=False),
    sa.Column('wa_message_id', sa.String(length=128), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('event', sa.Text(), nullable=False),
    sa.Column('noted_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('inbox_id', 'wa_message_id', 'digest')
    )
    op.create_table('attachment',
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('media_key', sa.String(length=300), nullable=True),
    sa.Column('thumbnail_key', sa.String(length=300), nullable=True),
    sa.Column('mimetype', sa.String(length=128), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('filename', sa.String(length=256), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('duration_ms', sa.Integer(), nullable=True),
    sa.Column('failure_reason', sa.String(length=64), nullable=True),
    sa.Column('is_lost', sa.Boolean(), nullable=False),
    sa.Column('pending_since', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('message_id')
    )
    op.create_table('reaction',
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('author', sa.String(length=128), nullable=False),
    sa.Column('emoji', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.Column('reacted_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], ),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('message_id', 'author')
    )
    op.create_table('reaction_outbox',
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('emoji', sa.String(length=64), nullable=False),
    sa.Column('emoji_before', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('requested_at', sa.BigInteger(), nullable=False),
    sa.Column('relayed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], ),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ),
    sa.PrimaryKeyConstraint('message_id')
    )
    op.create_table('upload',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('media_key', sa.String(length=300), nullable=False),
    sa.Column('thumbnail_key', sa.String(length=300), nullable=True),
    sa.Column('mimetype', sa.String(length=128), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('filename', sa.String(length=256), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('duration_ms', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], ),
    sa.PrimaryKeyConstraint('token_hash')
    )
    with _never_reusing_ids('contact') as batch_op:
        batch_op.add_column(sa.Column('picture_key', sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column('is_group', sa.Boolean(), nullable=False, server_default=sa.false()))

    with _never_reusing_ids('conversation'):
        pass

    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('alerts', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('sync_percent', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('host', sa.String(length=128), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('has_groups', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('read_receipts', sa.String(length=32), nullable=False, server_default='on_reply'))

    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_forwarded', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('author_jid', sa.String(length=128), nullable=True))
        batch_op.add_column(sa.Column('author_name', sa.String(length=256), nullable=True))
        batch_op.add_column(sa.Column('held_until', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('hold_reason', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('merge_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('has_receipt', sa.Boolean(), nullable=False, server_default=sa.false()))

    op.create_index(
        'ix_message_receipt', 'message', ['id'],
        sqlite_where=sa.text('has_receipt'), postgresql_where=sa.text('has_receipt'),
    )

    with op.batch_alter_table('session_history', schema=None) as batch_op:
        batch_op.add_column(sa.Column('gap_from', sa.BigInteger(), nullable=True))

    _alias("SELECT inbox_id, chat_jid, contact_id, created_at FROM conversation WHERE true")
    _alias("SELECT inbox_id, contact_lid, id, first_seen_at FROM contact WHERE contact_lid IS NOT NULL")
    # A phone number without its plus sign is its address at WhatsApp.
    _alias(
        "SELECT inbox_id, substr(phone_e164, 2) || '@c.us', id, first_seen_at FROM contact WHERE phone_e164 IS NOT NULL"
    )


def _never_reusing_ids(table: str) -> Any:
    """SQLite reuses the id of a deleted row, unless the table was made with AUTOINCREMENT."""
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    made_anew = {'recreate': 'always', 'table_kwargs': {'sqlite_autoincrement': True}} if is_sqlite else {}
    return op.batch_alter_table(table, schema=None, **made_anew)


def _alias(known: str) -> None:
    """Store the known addresses of each contact as its aliases."""
    op.execute(f"INSERT INTO contact_alias (inbox_id, jid, contact_id, since) {known} ON CONFLICT DO NOTHING")



def downgrade() -> None:
    """Undo this migration."""
    with op.batch_alter_table('session_history', schema=None) as batch_op:
        batch_op.drop_column('gap_from')

    op.drop_index('ix_message_receipt', 'message')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_column('has_receipt')
        batch_op.drop_column('merge_id')
        batch_op.drop_column('hold_reason')
        batch_op.drop_column('held_until')
        batch_op.drop_column('author_name')
        batch_op.drop_column('author_jid')
        batch_op.drop_column('is_forwarded')

    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_column('read_receipts')
        batch_op.drop_column('has_groups')
        batch_op.drop_column('host')
        batch_op.drop_column('sync_percent')
        batch_op.drop_column('alerts')

    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.drop_column('is_group')
        batch_op.drop_column('picture_key')

    op.drop_table('upload')
    op.drop_table('reaction_outbox')
    op.drop_table('reaction')
    op.drop_table('attachment')
    op.drop_table('early_event')
    with op.batch_alter_table('contact_merge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_merge_dropped_conversation_id'))
        batch_op.drop_index(batch_op.f('ix_contact_merge_kept_contact_id'))

    op.drop_table('contact_merge')
    with op.batch_alter_table('contact_alias', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_alias_contact_id'))

    op.drop_table('contact_alias')
