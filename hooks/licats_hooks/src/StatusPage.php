<?php

namespace Licats\LicatsHooks;

/**
 * What those who set a project up see of the worker: when it was last heard of, what waits for it, whether both speak
 * of the same protocol, and whether queries can be kept in the Data Resolution Workflow.
 */
final class StatusPage
{
    /** @param object $module the framework's methods */
    public function __construct(
        private object $module,
        private int $project,
        private FieldMap $map,
        private Words $words
    ) {
    }

    public function html(): string
    {
        $html = '';
        foreach ($this->rows() as $key => $value) {
            $html .= '<tr><th>' . $this->module->escape($this->words->text($key)) . '</th><td>'
                . $this->module->escape($value) . '</td></tr>';
        }
        return '<h4>' . $this->module->escape($this->words->text('status_title')) . '</h4><table class="table">'
            . $html . '</table>';
    }

    /** @return array<string, string> key of a heading => value, plain */
    private function rows(): array
    {
        $last = (new Heartbeat($this->module, $this->project))->last();
        $never = $this->words->text('computed_never');
        $rows = [
            'status_seen' => $last === null ? $never : self::moment($last['received']),
            'status_finished' => $last === null ? $never : self::moment($last['finished']),
            'status_waiting' => (string) (new ChangeQueue($this->module, $this->project))->waiting(),
            'status_protocol' => $this->map->protocolVersion() . ' ' . substr($this->map->protocolHash(), 0, 12),
        ];
        if ($last !== null && $last['hash'] !== $this->map->protocolHash()) {
            $other = $last['version'] . ' ' . substr($last['hash'], 0, 12);
            $rows['status_differs'] = $this->words->text('status_differs_text', ['protocol' => $other]);
        }
        if (!in_array($this->map->name(FieldMap::RESULT), array_keys(\REDCap::getInstrumentNames()), true)) {
            $rows['status_names'] = $this->words->text('status_names_text');
        }
        if ($this->module->getProjectSetting('answer-drw', $this->project)) {
            $user = (string) $this->module->getProjectSetting('service-user', $this->project);
            $problem = (new QueryStore($this->module, $this->project, $user))->problem();
            $rows['status_drw'] = $problem === '' ? $this->words->text('status_drw_good') : $problem;
        }
        return $rows;
    }

    private static function moment(int $time): string
    {
        return date('Y-m-d H:i', $time);
    }
}
