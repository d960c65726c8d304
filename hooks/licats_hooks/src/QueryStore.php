<?php

namespace Licats\LicatsHooks;

/**
 * REDCap's Data Resolution Workflow. The only class that touches its tables: there is no documented method for them.
 *
 * It refuses where it is not sure: a column is missing, the workflow is off, two threads stand where there should be
 * one. Every write is one transaction under a lock of the project, since no unique key is known to cover a thread
 * without a repeating instrument.
 */
final class QueryStore
{
    private const COLUMNS = [
        'redcap_data_quality_status' => [
            'status_id', 'non_rule', 'project_id', 'record', 'event_id', 'field_name', 'repeat_instrument', 'instance',
            'query_status',
        ],
        'redcap_data_quality_resolutions' => [
            'res_id', 'status_id', 'ts', 'user_id', 'response_requested', 'response', 'comment',
            'current_query_status',
        ],
        'redcap_user_information' => ['ui_id', 'username'],
        'redcap_projects' => ['project_id', 'data_resolution_enabled'],
    ];
    private const WORKFLOW_ON = 2;
    private const LOCK_SECONDS = 3;
    private const NEWS = 1000;

    private ?int $user = null;

    /** @param object $module the framework's methods */
    public function __construct(private object $module, private int $project, private string $username)
    {
    }

    /** Name what stands against using the workflow here; '' if nothing does. */
    public function problem(): string
    {
        foreach (self::COLUMNS as $table => $columns) {
            $there = [];
            $result = $this->module->query(
                'select column_name as name from information_schema.columns'
                    . ' where table_schema = database() and table_name = ?',
                [$table]
            );
            while ($row = $result->fetch_assoc()) {
                $there[] = strtolower((string) $row['name']);
            }
            if (array_diff($columns, $there) !== []) {
                return "table $table has other columns than expected: " . implode(', ', array_diff($columns, $there));
            }
        }
        $row = $this->one(
            'select data_resolution_enabled as setting from redcap_projects where project_id = ?',
            [$this->project]
        );
        if ((int) ($row['setting'] ?? 0) !== self::WORKFLOW_ON) {
            return 'the Data Resolution Workflow is not switched on in this project';
        }
        $row = $this->one('select ui_id from redcap_user_information where username = ?', [$this->username]);
        $this->user = isset($row['ui_id']) ? (int) $row['ui_id'] : null;
        return $this->user === null ? 'the worker has no account of its own' : '';
    }

    /**
     * Threads of records in which this module once asked something, with all their steps.
     *
     * @param list<string> $records
     * @return list<array{record: string, event: int, field: string, form: string, instance: int, status: string,
     *     steps: list<Step>}>
     */
    public function threads(array $records): array
    {
        $threads = [];
        foreach ($records as $record) {
            $result = $this->module->query(
                'select status_id, event_id, field_name, repeat_instrument, instance, query_status'
                    . ' from redcap_data_quality_status'
                    . ' where non_rule = ? and project_id = ? and record = ? and field_name is not null'
                    . ' order by status_id',
                [1, $this->project, $record]
            );
            $found = [];
            while ($row = $result->fetch_assoc()) {
                $found[] = $row;
            }
            foreach ($found as $row) {
                $steps = $this->steps((int) $row['status_id']);
                if (array_filter($steps, static fn (Step $step): bool => $step->marks !== []) !== []) {
                    $threads[] = [
                        'record' => $record,
                        'event' => (int) $row['event_id'],
                        'field' => (string) $row['field_name'],
                        'form' => (string) $row['repeat_instrument'],
                        'instance' => (int) $row['instance'] ?: 1,
                        'status' => (string) $row['query_status'],
                        'steps' => $steps,
                    ];
                }
            }
        }
        return $threads;
    }

    /**
     * People's steps in threads in which this module once asked something, by number.
     *
     * @param int|null $after number to begin behind; null tells only where to begin the next time
     * @return array{last: int, more: int|null, steps: list<array{id: int, record: string}>} "last" is the number to go
     *     on from the next time: that of the newest step old enough for no other to come before it any more; "more" is
     *     the number to ask from for those that did not go in
     */
    public function news(?int $after, string $settled): array
    {
        $row = $this->one(
            'select max(r.res_id) as last from redcap_data_quality_resolutions r'
                . ' join redcap_data_quality_status s on s.status_id = r.status_id'
                . ' where s.project_id = ? and r.ts <= ?',
            [$this->project, $settled]
        );
        $last = max((int) ($row['last'] ?? 0), $after ?? 0);
        $result = $this->module->query(
            'select r.res_id, s.record from redcap_data_quality_resolutions r'
                . ' join redcap_data_quality_status s on s.status_id = r.status_id'
                . ' where s.non_rule = ? and s.project_id = ? and r.res_id > ? and coalesce(r.user_id, ?) <> ?'
                . ' and exists (select o.res_id from redcap_data_quality_resolutions o where o.status_id = s.status_id'
                . ' and o.user_id = ? and o.comment like ?) order by r.res_id',
            [1, $this->project, $after ?? $last, 0, $this->user, $this->user, '%[LICATS:%']
        );
        $steps = [];
        while (count($steps) < self::NEWS && ($row = $result->fetch_assoc())) {
            $steps[] = ['id' => (int) $row['res_id'], 'record' => (string) $row['record']];
        }
        return ['last' => $last, 'more' => $result->fetch_assoc() ? end($steps)['id'] : null, 'steps' => $steps];
    }

    /**
     * Ask queries on a field.
     *
     * @param callable(string): string $heading gives the words above the queries for what is done
     * @param list<array{id: string, rule: string, fingerprint: string, text: string}> $queries
     * @return array{0: string, 1: string} what was done, and why
     */
    public function ask(Spot $spot, array $queries, callable $heading, string $now): array
    {
        return $this->alone(function () use ($spot, $queries, $heading, $now): array {
            $thread = $this->find($spot);
            if ($thread === null) {
                return ['refused', 'ambiguous'];
            }
            [$id, $status, $steps] = $thread;
            [$done, $why, $ask] = QueryPolicy::ask($status, $steps, $queries);
            if ($ask !== []) {
                $id = $id === 0 ? $this->begin($spot) : $id;
                $this->step($id, QueryPolicy::OPEN, 1, QueryComment::write($heading($done), $ask), $now);
            }
            return [$done, $why];
        });
    }

    /**
     * Close a thread in which nothing of ours is asked any more.
     *
     * @return array{0: string, 1: string} what was done, and why
     */
    public function close(Spot $spot, string $comment, string $now): array
    {
        return $this->alone(function () use ($spot, $comment, $now): array {
            $thread = $this->find($spot);
            if ($thread === null) {
                return ['refused', 'ambiguous'];
            }
            [$id, $status, $steps] = $thread;
            [$done, $why] = QueryPolicy::close($status, $steps);
            if ($done === 'closed') {
                $this->step($id, QueryPolicy::CLOSED, 0, $comment, $now);
            }
            return [$done, $why];
        });
    }

    /**
     * @param callable(): array{0: string, 1: string} $work
     * @return array{0: string, 1: string}
     */
    private function alone(callable $work): array
    {
        if ($this->user === null) {
            throw new \LogicException('problem() comes first');
        }
        $name = "licats_hooks.{$this->project}";
        $row = $this->one('select get_lock(?, ?) as got', [$name, self::LOCK_SECONDS]);
        if ((int) ($row['got'] ?? 0) !== 1) {
            throw new ApiError(500, 'BUSY', 'another call is writing queries of this project');
        }
        try {
            $this->module->query('start transaction', []);
            try {
                $done = $work();
                $this->module->query('commit', []);
                return $done;
            } catch (\Throwable $error) {
                $this->module->query('rollback', []);
                throw $error;
            }
        } finally {
            $this->one('select release_lock(?) as freed', [$name]);
        }
    }

    /**
     * Id (0 if there is none), status and steps of the thread at a spot; null if there is more than one.
     *
     * @return array{0: int, 1: string, 2: list<Step>}|null
     */
    private function find(Spot $spot): ?array
    {
        $result = $this->module->query(
            'select status_id, query_status from redcap_data_quality_status'
                . ' where non_rule = ? and project_id = ? and record = ? and event_id = ? and field_name = ?'
                . ' and repeat_instrument <=> ? and coalesce(instance, ?) = ? for update',
            [1, $this->project, $spot->record, $spot->event, $spot->field, $spot->repeating, 1, $spot->instance]
        );
        $row = $result->fetch_assoc();
        if ($row && $result->fetch_assoc()) {
            return null;
        }
        $id = (int) ($row['status_id'] ?? 0);
        return [$id, (string) ($row['query_status'] ?? ''), $id === 0 ? [] : $this->steps($id)];
    }

    private function begin(Spot $spot): int
    {
        $this->module->query(
            'insert into redcap_data_quality_status'
                . ' (non_rule, project_id, record, event_id, field_name, repeat_instrument, instance, query_status)'
                . ' values (?, ?, ?, ?, ?, ?, ?, ?)',
            [
                1, $this->project, $spot->record, $spot->event, $spot->field, $spot->repeating, $spot->instance,
                QueryPolicy::OPEN,
            ]
        );
        return (int) ($this->one('select last_insert_id() as id', [])['id'] ?? 0);
    }

    private function step(int $id, string $status, int $requested, string $comment, string $now): void
    {
        $this->module->query(
            'insert into redcap_data_quality_resolutions'
                . ' (status_id, ts, user_id, response_requested, comment, current_query_status)'
                . ' values (?, ?, ?, ?, ?, ?)',
            [$id, $now, $this->user, $requested, $comment, $status]
        );
        $this->module->query(
            'update redcap_data_quality_status set query_status = ? where status_id = ?',
            [$status, $id]
        );
    }

    /** @return list<Step> */
    private function steps(int $id): array
    {
        $result = $this->module->query(
            'select r.res_id, r.ts, r.user_id, u.username, r.current_query_status, r.response, r.comment'
                . ' from redcap_data_quality_resolutions r'
                . ' left join redcap_user_information u on u.ui_id = r.user_id'
                . ' where r.status_id = ? order by r.res_id',
            [$id]
        );
        $steps = [];
        while ($row = $result->fetch_assoc()) {
            $steps[] = new Step(
                (int) $row['res_id'],
                (string) $row['ts'],
                (string) $row['username'],
                (int) $row['user_id'] === $this->user,
                (string) $row['current_query_status'],
                (string) $row['response'],
                (string) $row['comment']
            );
        }
        return $steps;
    }

    /**
     * @param list<mixed> $values
     * @return array<string, mixed>|null
     */
    private function one(string $statement, array $values): ?array
    {
        return $this->module->query($statement, $values)->fetch_assoc() ?: null;
    }
}
