<?php

namespace Licats\Tests;

final class AjaxTest extends ModuleTestCase
{
    private function ask(
        string $action = 'recompute',
        mixed $record = '1',
        string $user = 'coordinator',
        mixed $hash = null
    ): array {
        return $this->module->redcap_module_ajax(
            $action,
            ['record' => '2'],
            Study::CLASSIC,
            $record,
            'licats_kidney',
            Study::EVENT,
            1,
            $hash,
            null,
            null,
            'DataEntry/index.php',
            'DataEntry/index.php',
            $user,
            3
        );
    }

    public function testTheRecordOfThePageIsListedOnce(): void
    {
        self::assertSame(['state' => 'done'], $this->ask());
        self::assertSame(['state' => 'already'], $this->ask());
        $lines = $this->log('licats change');
        self::assertSame([['1', 'recompute']], array_map(
            static fn (array $line): array => [$line['record'], $line['licats_reason']],
            $lines
        ));
    }

    public function testASaveThatWaitsDoesNotStandInTheWay(): void
    {
        $this->save();
        self::assertSame(['state' => 'done'], $this->ask());
    }

    public function testWhoMayNotSeeTheFormMayNotAsk(): void
    {
        $this->world->state['users']['coordinator']['rights'][Study::CLASSIC]['forms']['licats_kidney'] = '0';
        self::assertSame(['state' => 'refused'], $this->ask());
        self::assertSame(['state' => 'refused'], $this->ask('recompute', '1', 'stranger'));
        self::assertSame([], $this->world->state['log']);
    }

    public function testOtherActionsNewRecordsAndSurveysAreRefused(): void
    {
        self::assertSame(['state' => 'refused'], $this->ask('delete'));
        self::assertSame(['state' => 'refused'], $this->ask('recompute', null));
        self::assertSame(['state' => 'refused'], $this->ask('recompute', '1', 'coordinator', 'hash'));
    }
}
