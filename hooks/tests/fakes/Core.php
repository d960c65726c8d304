<?php

namespace Licats\Tests;

/**
 * The documented methods of REDCap's class for developers that the module uses. They have a project of their own and do
 * not care for the framework's.
 */
final class Core
{
    use Served;

    private const ASKED = ['project_id', 'return_format', 'records', 'fields', 'exportDataAccessGroups'];

    public function __construct(private World $world)
    {
    }

    public function isLongitudinal()
    {
        return $this->project()['longitudinal'];
    }

    public function getInstrumentNames()
    {
        $forms = array_keys($this->project()['fields']);
        return array_combine($forms, $forms);
    }

    public function getEventNames($uniqueNames = false, $appendArmName = false, $eventId = null)
    {
        if (!$this->project()['longitudinal'] || !$uniqueNames || $appendArmName || $eventId === null) {
            throw new \LogicException('only unique names of one event of a longitudinal project are answered here');
        }
        return $this->project()['events'][$eventId] ?? false;
    }

    public function getEventIdFromUniqueEvent($uniqueEvent)
    {
        return array_search($uniqueEvent, $this->project()['events'], true);
    }

    public function getGroupNames($uniqueNames = false, $groupId = null)
    {
        if (!$uniqueNames || $groupId === null) {
            throw new \LogicException('only the unique name of one group is answered here');
        }
        return $this->project()['groups'][$groupId] ?? false;
    }

    public function getData($parameters)
    {
        if (!is_array($parameters) || array_diff(array_keys($parameters), self::ASKED) !== []) {
            throw new \LogicException('an unknown parameter of getData');
        }
        if (!isset($parameters['project_id']) || ($parameters['return_format'] ?? '') !== 'json') {
            throw new \LogicException('getData needs a project and gives JSON here');
        }
        $project = $this->world->project($parameters['project_id']);
        $known = array_merge(...array_values($project['fields']));
        if ($parameters['fields'] === [] || array_diff($parameters['fields'], $known) !== []) {
            throw new \RuntimeException('getData was asked for a field that the project has not');
        }
        $rows = [];
        foreach ($this->world->state['rows'][$parameters['project_id']] ?? [] as $row) {
            $id = $row[$project['record_id']];
            $cells = array_intersect_key($row, array_flip($parameters['fields']));
            if (!in_array($id, $parameters['records'], true) || ($cells === [] && $row['instrument'] !== '')) {
                continue;
            }
            $all = array_fill_keys([$project['record_id'], ...$parameters['fields']], '');
            $rows[] = [$project['record_id'] => $id]
                + ($project['longitudinal'] ? ['redcap_event_name' => $row['event']] : [])
                + ['redcap_repeat_instrument' => $row['instrument'], 'redcap_repeat_instance' => $row['instance']]
                + (isset($parameters['exportDataAccessGroups']) ? ['redcap_data_access_group' => $row['group']] : [])
                + $cells + $all;
        }
        return json_encode($rows, JSON_THROW_ON_ERROR);
    }

    public function logEvent($action, $changes = '', $sql = null, $record = null, $event = null, $projectId = null)
    {
        $this->world->state['events'][] = [$action, $changes, $record, $event, $projectId];
    }

    public function email($to, $from, $subject, $message)
    {
        $this->world->state['mails'][] = ['to' => $to, 'from' => $from, 'subject' => $subject, 'text' => $message];
        return true;
    }

    /** @return array<string, mixed> */
    private function project(): array
    {
        return $this->world->project($this->world->state['core_pid'] ?? throw new \RuntimeException('no project'));
    }
}
