<?php

namespace Licats\LicatsHooks;

/**
 * What REDCap says of a project's events, forms and records, by documented methods only.
 */
final class Project
{
    /** @var array<int, string> */
    private array $eventNames = [];

    /** @param object $module the framework's methods */
    public function __construct(private object $module, public int $id)
    {
    }

    /** Id of an event by its unique name; '' names the one event of a classic project. Null if there is none. */
    public function eventId(string $name): ?int
    {
        if (\REDCap::isLongitudinal()) {
            $id = $name === '' ? false : \REDCap::getEventIdFromUniqueEvent($name);
        } else {
            $id = $name === '' ? $this->module->getEventId() : false;
        }
        return is_numeric($id) ? (int) $id : null;
    }

    /** Unique name of an event; '' in a classic project. */
    public function eventName(int $id): string
    {
        if (!\REDCap::isLongitudinal()) {
            return '';
        }
        return $this->eventNames[$id] ??= (string) \REDCap::getEventNames(true, false, $id);
    }

    public function hasForm(string $form, int $event): bool
    {
        return in_array($form, $this->module->getFormsForEventId($event), true);
    }

    public function repeats(string $form, int $event): bool
    {
        return in_array($form, $this->module->getRepeatingForms($event, $this->id), true);
    }

    /** Whether a record has this instance of an event that repeats as a whole. */
    public function hasEventInstance(string $record, int $event, string $form, string $field, int $instance): bool
    {
        $name = $this->eventName($event);
        foreach ($this->rows($record, [$field, "{$form}_complete"]) as $row) {
            if (
                ($row['redcap_event_name'] ?? '') === $name
                && ($row['redcap_repeat_instrument'] ?? '') === ''
                && ($row['redcap_repeat_instance'] ?? '') === (string) $instance
            ) {
                return true;
            }
        }
        return false;
    }

    public function hasField(string $form, string $field): bool
    {
        return in_array($field, $this->module->getFieldNames($form, $this->id), true);
    }

    /**
     * Whether the project has a form with these fields.
     *
     * @param list<string> $fields
     */
    public function hasFields(string $form, array $fields): bool
    {
        return in_array($form, array_keys(\REDCap::getInstrumentNames()), true)
            && array_diff($fields, $this->module->getFieldNames($form, $this->id)) === [];
    }

    /** Form of a field; '' if the project has no such field. */
    public function formOf(string $field): string
    {
        return (string) $this->module->getProject($this->id)->getFormForField($field);
    }

    /**
     * Flat rows of one record.
     *
     * @param list<string> $fields
     * @return list<array<string, string>>
     */
    public function rows(string $record, array $fields): array
    {
        return $this->export(['records' => [$record], 'fields' => $fields]);
    }

    /**
     * The records among these that exist and that a user of this group may see.
     *
     * @param list<string> $records
     * @return list<string>
     */
    public function visible(array $records, ?int $group): array
    {
        if ($records === []) {
            return [];
        }
        $id = $this->module->getRecordIdField($this->id);
        $wanted = $group === null ? null : (string) \REDCap::getGroupNames(true, $group);
        $seen = [];
        foreach ($this->export(['records' => $records, 'fields' => [$id], 'exportDataAccessGroups' => true]) as $row) {
            if ($wanted === null || ($wanted !== '' && ($row['redcap_data_access_group'] ?? '') === $wanted)) {
                $seen[] = (string) ($row[$id] ?? '');
            }
        }
        return array_values(array_intersect($records, $seen));
    }

    /**
     * @param array<string, mixed> $what
     * @return list<array<string, string>>
     */
    private function export(array $what): array
    {
        $text = \REDCap::getData(['project_id' => $this->id, 'return_format' => 'json'] + $what);
        $rows = json_decode((string) $text, true);
        if (!is_array($rows)) {
            throw new \RuntimeException('the records cannot be read');
        }
        return array_map(static fn (array $row): array => array_map('strval', $row), array_values($rows));
    }
}
