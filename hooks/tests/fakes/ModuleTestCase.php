<?php

namespace Licats\Tests;

use Licats\LicatsHooks\LicatsHooks;
use PHPUnit\Framework\TestCase;

/**
 * A test of the whole module in a small REDCap.
 */
abstract class ModuleTestCase extends TestCase
{
    protected World $world;
    protected LicatsHooks $module;

    protected function setUp(): void
    {
        date_default_timezone_set('UTC');
        $this->world = new World(Study::state());
        $this->world->onPage(Study::CLASSIC, 'coordinator');
        $this->module = new class extends LicatsHooks {
            public int $clock = 1_800_000_000;

            protected function now(): int
            {
                return $this->clock;
            }
        };
    }

    protected function banner(string $form = 'licats_kidney', int $instance = 1, mixed $record = '1'): string
    {
        ob_start();
        try {
            $this->module->redcap_data_entry_form_top(Study::CLASSIC, $record, $form, Study::EVENT, 3, $instance);
        } finally {
            $printed = (string) ob_get_clean();
        }
        return $printed;
    }

    protected function save(string $form = 'licats_kidney', mixed $record = '1', int $instance = 1): void
    {
        $this->module->redcap_save_record(Study::CLASSIC, $record, $form, Study::EVENT, 3, null, null, $instance);
    }

    /**
     * Call the module as the worker does; status and decoded body.
     *
     * @param array<string, mixed> $data
     * @return array{0: int, 1: mixed}
     */
    protected function call(
        string $action,
        array $data = [],
        mixed $user = 'worker',
        mixed $pid = Study::CLASSIC,
        string $format = 'json'
    ): array {
        $this->world->state['user'] = $user;
        $payload = ['data' => json_encode($data)];
        $reply = $this->module->redcap_module_api($action, $payload, $pid, $user, 'json', $format, ',');
        return [$reply['status'], json_decode($reply['body'], true)];
    }

    /** @return list<array<string, mixed>> */
    protected function log(string $message): array
    {
        return array_values(array_filter(
            $this->world->state['log'],
            static fn (array $line): bool => $line['message'] === $message
        ));
    }

    /** @param array<string, mixed> $more */
    protected function heartbeat(array $more = []): array
    {
        $said = ['run' => 'r1', 'finished' => '2027-01-15T07:00:00+00:00', 'version' => '0.1.0'];
        return $this->call('heartbeat', $more + $said + ['hash' => str_repeat('ab', 32)]);
    }
}
