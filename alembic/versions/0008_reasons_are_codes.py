"""Reasons are stored as a code with parameters, instead of as sentences in two languages.

The sentences are those of earlier versions, frozen here. A sentence that matches none of them keeps its English words
under the code ``text``; going back, it has them in both languages.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

#: Rows in one batch.
BATCH = 2000
#: Code → its sentence in English and Indonesian.
SENTENCES = {
    'in_turn': (
        'Assigned to {agent}: available, {open} of {capacity} open, waited longest{skipped}.',
        'Diberikan kepada {agent}: siap, {open} dari {capacity} terbuka, paling lama menunggu giliran{skipped}.',
    ),
    'lightest_load': (
        'Assigned to {agent}: available, {open} of {capacity} open, lightest load{skipped}.',
        'Diberikan kepada {agent}: siap, {open} dari {capacity} terbuka, beban paling ringan{skipped}.',
    ),
    'answered_before': (
        'Assigned to {agent}: answered this customer before, available, {open} of {capacity} open.',
        'Diberikan kepada {agent}: pernah melayani pelanggan ini, siap, {open} dari {capacity} terbuka.',
    ),
    # Before `taken`, whose sentence would fit, too.
    'taken_by_reply': (
        '{agent} answered and took this conversation.',
        '{agent} membalas dan mengambil percakapan ini.',
    ),
    'taken': ('{agent} took this conversation.', '{agent} mengambil percakapan ini.'),
    # Before `handed_over`, for the same reason.
    'handed_to_team': (
        '{agent} handed this conversation over to the team {team}.',
        '{agent} menyerahkan percakapan ini ke tim {team}.',
    ),
    'handed_over': (
        '{agent} handed this conversation over to {to}.',
        '{agent} menyerahkan percakapan ini ke {to}.',
    ),
    'unassigned': (
        '{agent} unassigned this conversation: it stays so until somebody takes it.',
        '{agent} melepas percakapan ini: tetap tanpa agen sampai ada yang mengambilnya.',
    ),
    'resolved': ('{agent} resolved this conversation.', '{agent} menyelesaikan percakapan ini.'),
    'returned': (
        '{agent} returned this conversation to the queue.',
        '{agent} mengembalikan percakapan ini ke antrean.',
    ),
    'left_team': (
        'Returned to the queue: {agent} is no longer on the team.',
        'Kembali ke antrean: {agent} tidak lagi di tim.',
    ),
    'went_away': ('Returned to the queue: {agent} went away.', 'Kembali ke antrean: {agent} sedang pergi.'),
    'left_number': (
        'Returned to the queue: {agent} no longer answers this number.',
        'Kembali ke antrean: {agent} tidak lagi melayani nomor ini.',
    ),
    'may_not_reply': (
        'Returned to the queue: {agent} may no longer reply to customers.',
        'Kembali ke antrean: {agent} tidak boleh lagi membalas pelanggan.',
    ),
    'shift_ended': (
        'Returned to the queue: the shift of {agent} has ended.',
        'Kembali ke antrean: jam kerja {agent} sudah selesai.',
    ),
    'timed_out': (
        'Returned to the queue: {agent} did not answer within {minutes} {unit}.',
        'Kembali ke antrean: {agent} tidak menjawab dalam {minutes} menit.',
    ),
    'escalated': (
        'Escalated to the admins: returned to the queue {times} without an answer.',
        'Diteruskan ke admin: {rounds} kali kembali ke antrean tanpa jawaban.',
    ),
    'routed_by_word': (
        'Routed to {team}: the customer wrote “{word}”.',
        'Diarahkan ke {team}: pelanggan menulis “{word}”.',
    ),
    'routed_by_label': ('Routed to {team}: it is labelled “{label}”.', 'Diarahkan ke {team}: berlabel “{label}”.'),
    'routed_first_contact': (
        'Routed to {team}: the customer writes for the first time.',
        'Diarahkan ke {team}: pelanggan baru pertama kali menulis.',
    ),
}
SKIPS = {'had_it': ('had it before', 'sudah pernah mendapatnya'), 'at_capacity': ('at capacity', 'sudah penuh')}

_FIELDS = {
    **dict.fromkeys(('agent', 'to', 'team', 'word', 'label'), '.+'),
    **dict.fromkeys(('open', 'capacity', 'minutes'), '[0-9]{1,9}'),
    'skipped': '(?:; .+)?',
    'unit': 'minutes?',
    'times': 'once|[0-9]{1,9} times',
}
_SKIP = re.compile(r'; (?P<agent>.+?) skipped: (?:at capacity \((?P<open>[0-9]{1,9}) of (?P<capacity>[0-9]{1,9})\)|had it before)')
_MORE = re.compile(r'; (?P<more>[0-9]{1,9}) more skipped')


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r'\{(\w+)\}', sentence)
    return re.compile(
        ''.join(f'(?P<{part}>{_FIELDS[part]})' if at % 2 else re.escape(part) for at, part in enumerate(parts))
    )


PATTERNS = {code: _pattern(english) for code, (english, _) in SENTENCES.items()}


def stored(english: str, indonesian: str) -> tuple[str, str]:
    """Convert two sentences into a code with parameters. A match must give back the same letters."""
    for code, pattern in PATTERNS.items():
        if found := pattern.fullmatch(english):
            params = _params(found)
            if params is not None and said(code, params) == (english, indonesian):
                return code, _json(params)
    return 'text', _json({'text': english})


def _params(found: re.Match[str]) -> dict[str, Any] | None:
    params: dict[str, Any] = {}
    for name, value in found.groupdict().items():
        if name == 'skipped':
            if (skipped := _skipped(value)) is None:
                return None
            params.update(skipped)
        elif name == 'times':
            params['rounds'] = 1 if value == 'once' else int(value.split()[0])
        elif name != 'unit':
            params[name] = int(value) if value.isdigit() and _FIELDS[name] != '.+' else _bare(value)
    return params


def _skipped(text: str) -> dict[str, Any] | None:
    """ "; Ayu skipped: at capacity (8 of 8); 2 more skipped" as parameters; None: the text is something else."""
    named, at = [], 0
    while found := _SKIP.match(text, at):
        one: dict[str, Any] = {'agent': _bare(found['agent']), 'skip': 'had_it'}
        if found['open'] is not None:
            one = {**one, 'skip': 'at_capacity', 'open': int(found['open']), 'capacity': int(found['capacity'])}
        named.append(one)
        at = found.end()
    params: dict[str, Any] = {'skipped': named} if named else {}
    if found := _MORE.match(text, at):
        params['more'], at = int(found['more']), found.end()
    return params if at == len(text) and len(named) <= 3 else None


def said(code: str, params: dict[str, Any]) -> tuple[str, str]:
    """A reason in English and Indonesian."""
    if code not in SENTENCES:
        text = str(params.get('text', code))
        return text, text
    shown = {name: _isolated(value) if isinstance(value, str) else value for name, value in params.items()}
    if code == 'timed_out':
        shown['unit'] = 'minute' if params['minutes'] == 1 else 'minutes'
    if code == 'escalated':
        shown['times'] = 'once' if params['rounds'] == 1 else f'{params["rounds"]} times'
    both = []
    for language, sentence in enumerate(SENTENCES[code]):
        both.append(sentence.format(**{**shown, 'skipped': _skipped_words(params, language)}))
    return both[0], both[1]


def _skipped_words(params: dict[str, Any], language: int) -> str:
    of, skipped, more = (('of', 'skipped', 'more skipped'), ('dari', 'dilewati', 'lainnya dilewati'))[language]
    words = ''
    for one in params.get('skipped', ()):
        why = SKIPS.get(one['skip'], ('', ''))[language]
        if one['skip'] == 'at_capacity':
            why += f' ({one["open"]} {of} {one["capacity"]})'
        words += f'; {_isolated(one["agent"])} {skipped}: {why}'
    return f'{words}; {params["more"]} {more}' if params.get('more') else words


def _isolated(name: str) -> str:
    """Put marks around a right-to-left name: sentences have them, parameters do not (`_bare`)."""
    is_rtl = any(unicodedata.bidirectional(char) in ('R', 'AL', 'AN') for char in name)
    return f'\u2068{name}\u2069' if is_rtl else name


def _bare(name: str) -> str:
    return name[1:-1] if name[:1] == '\u2068' and name[-1:] == '\u2069' else name


def _json(params: dict[str, Any]) -> str:
    return json.dumps(params, ensure_ascii=False, separators=(',', ':'))


def _convert(table: sa.TableClause, columns: list[str], change: Callable[[Any], dict[str, Any]]) -> None:
    """Write the result of `change` for each row, in batches ordered by id."""
    connection, last = op.get_bind(), 0
    page = (
        sa.select(table.c.id, *(table.c[name] for name in columns))
        .where(table.c.id > sa.bindparam('last'))
        .order_by(table.c.id)
        .limit(BATCH)
    )
    write: sa.Update | None = None
    while rows := connection.execute(page, {'last': last}).all():
        changes = [{'of_id': row.id, **change(row)} for row in rows]
        if write is None:
            values = {name: sa.bindparam(name) for name in changes[0] if name != 'of_id'}
            write = sa.update(table).where(table.c.id == sa.bindparam('of_id')).values(values)
        connection.execute(write, changes)
        last = rows[-1].id


def _table(name: str, columns: Iterable[str]) -> sa.TableClause:
    return sa.table(name, sa.column('id', sa.Integer()), *(sa.column(column, sa.Text()) for column in columns))


_ASSIGNMENT = _table('assignment', ('reason', 'reason_indonesian', 'reason_code', 'reason_params'))
#: Tables with the worker's reasons: the reason's column and the columns that belong to it.
_WORKERS = (('inbox', 'status_reason', 'status_params'), ('session_history', 'reason', 'reason_params'))


def upgrade() -> None:
    """Apply this migration."""
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reason_code', sa.String(length=64), nullable=False, server_default='text'))
        batch_op.add_column(sa.Column('reason_params', sa.Text(), nullable=False, server_default='{}'))
    _convert(
        _ASSIGNMENT,
        ['reason', 'reason_indonesian'],
        lambda row: dict(zip(('reason_code', 'reason_params'), stored(row.reason, row.reason_indonesian), strict=True)),
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_column('reason')
        batch_op.drop_column('reason_indonesian')
        batch_op.alter_column('reason_code', existing_type=sa.String(length=64), server_default=None)
    connection = op.get_bind()
    for name, reason, params in _WORKERS:
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column(params, sa.Text(), nullable=False, server_default='{}'))
        table = _table(name, (reason, params))
        listed = sa.select(table.c.id, table.c[reason]).where(table.c[reason].like('missing %'))
        for row in connection.execute(listed).all():
            parts = row[1].removeprefix('missing ').split(', ')
            values = {reason: 'missing', params: _json({'parts': parts})}
            connection.execute(sa.update(table).where(table.c.id == row.id).values(values))


def downgrade() -> None:
    """Undo this migration."""
    connection = op.get_bind()
    for name, reason, params in _WORKERS:
        table = _table(name, (reason, params))
        listed = sa.select(table.c.id, table.c[params]).where(table.c[reason] == 'missing')
        for row in connection.execute(listed).all():
            text = 'missing ' + ', '.join(json.loads(row[1]).get('parts', ()))
            connection.execute(sa.update(table).where(table.c.id == row.id).values({reason: text[:200]}))
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.drop_column(params)
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reason', sa.String(length=500), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('reason_indonesian', sa.String(length=500), nullable=False, server_default=''))
    _convert(_ASSIGNMENT, ['reason_code', 'reason_params'], _sentences)
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_column('reason_code')
        batch_op.drop_column('reason_params')
        batch_op.alter_column('reason', existing_type=sa.String(length=500), server_default=None)
        batch_op.alter_column('reason_indonesian', existing_type=sa.String(length=500), server_default=None)


def _sentences(row: Any) -> dict[str, Any]:
    english, indonesian = said(row.reason_code, json.loads(row.reason_params))
    return {'reason': english[:500], 'reason_indonesian': indonesian[:500]}
