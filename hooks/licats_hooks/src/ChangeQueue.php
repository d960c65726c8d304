<?php

namespace Licats\LicatsHooks;

/**
 * Records to be computed anew, kept in the module's log: appended when a form is saved, fetched and acknowledged by
 * the worker. An entry stays until it is acknowledged, so that a worker that dies loses none.
 *
 * Holds names of records and forms, never values.
 */
final class ChangeQueue
{
    public const SAVE = 'save';
    public const RECOMPUTE = 'recompute';
    private const MESSAGE = 'licats change';
    private const OURS = 'message = ? and project_id = ?';

    /** @param object $module the framework's methods */
    public function __construct(private object $module, private int $project)
    {
    }

    public function append(string $record, string $form, int $event, int $instance, string $reason): void
    {
        $this->module->log(self::MESSAGE, [
            'project_id' => $this->project,
            'record' => $record,
            'licats_form' => $form,
            'licats_event' => (string) $event,
            'licats_instance' => (string) $instance,
            'licats_reason' => $reason,
        ]);
    }

    public function waiting(): int
    {
        return (int) $this->module->countLogs(self::OURS, [self::MESSAGE, $this->project]);
    }

    /** Whether a record waits; with a reason, whether it does for that. */
    public function isWaiting(string $record, string $reason = ''): bool
    {
        $where = self::OURS . ' and record = ?';
        $values = [self::MESSAGE, $this->project, $record];
        if ($reason !== '') {
            $where .= ' and licats_reason = ?';
            $values[] = $reason;
        }
        return (int) $this->module->countLogs($where, $values) > 0;
    }

    /**
     * The oldest entries, those that a person asked for before all others.
     *
     * @return list<array{id: int, record: string, form: string, event: int, instance: int, reason: string, at: string}>
     */
    public function oldest(int $limit): array
    {
        $asked = $this->read(' and licats_reason = ?', self::RECOMPUTE, $limit);
        $saved = $this->read(' and licats_reason = ?', self::SAVE, $limit - count($asked));
        return [...$asked, ...$saved];
    }

    /** Take an entry off the list; false if it is not there any more. */
    public function remove(int $id): bool
    {
        $where = self::OURS . ' and log_id = ?';
        return (int) $this->module->removeLogs($where, [self::MESSAGE, $this->project, $id]) > 0;
    }

    /** Drop entries older than a moment; a full pass of the worker finds what they were about. */
    public function prune(string $before): int
    {
        $where = self::OURS . ' and timestamp < ?';
        return (int) $this->module->removeLogs($where, [self::MESSAGE, $this->project, $before]);
    }

    /** @return list<array<string, mixed>> */
    private function read(string $condition, string $value, int $limit): array
    {
        // the framework's dialect has no documented limit, so reading stops here
        $result = $this->module->queryLogs(
            'select log_id, timestamp, record, licats_form, licats_event, licats_instance, licats_reason where '
                . self::OURS . $condition . ' order by log_id',
            [self::MESSAGE, $this->project, $value]
        );
        $entries = [];
        while (count($entries) < $limit && ($row = $result->fetch_assoc())) {
            $entries[] = [
                'id' => (int) $row['log_id'],
                'record' => (string) $row['record'],
                'form' => (string) $row['licats_form'],
                'event' => (int) $row['licats_event'],
                'instance' => (int) $row['licats_instance'],
                'reason' => (string) $row['licats_reason'],
                'at' => (string) $row['timestamp'],
            ];
        }
        return $entries;
    }
}
