<?php

namespace Licats\Tests;

final class WatchdogTest extends ModuleTestCase
{
    private const HOUR = 3600;

    protected function setUp(): void
    {
        parent::setUp();
        unset($this->world->state['projects'][Study::LONGITUDINAL]);
        $this->world->state['settings'][Study::CLASSIC]['alert-address'] = 'ops@example.org';
        $this->heartbeat();
        // a cron runs without project and user
        $this->world->state['pid'] = $this->world->state['core_pid'] = $this->world->state['user'] = null;
    }

    private function after(int $seconds): int
    {
        $this->module->clock += $seconds;
        $this->world->state['pid'] = null;
        $this->module->watchdog([]);
        return count($this->world->state['mails']);
    }

    public function testASilentWorkerIsToldOnceADayUntilItIsBack(): void
    {
        self::assertSame(0, $this->after(26 * self::HOUR));
        self::assertSame(1, $this->after(1));
        self::assertSame(1, $this->after(23 * self::HOUR));
        self::assertSame(2, $this->after(self::HOUR));
        $this->heartbeat(['finished' => '2027-01-16T07:00:00Z']);
        self::assertSame(2, $this->after(self::HOUR));
        self::assertSame(3, $this->after(26 * self::HOUR));
    }

    public function testTheMailNamesTheProjectAndNoData(): void
    {
        $this->after(27 * self::HOUR);
        [$mail] = $this->world->state['mails'];
        self::assertSame(['ops@example.org', 'ops@example.org'], [$mail['to'], $mail['from']]);
        self::assertSame('LICATS worker silent in REDCap project 7', $mail['subject']);
        self::assertStringContainsString('since 2027-01-15 08:00', $mail['text']);
    }

    public function testTheSystemsAddressesStepIn(): void
    {
        $this->world->state['settings'][Study::CLASSIC]['alert-address'] = null;
        $this->world->state['system']['alert-address-all'] = 'all@example.org';
        $this->world->state['system']['sender-address'] = 'me@example.org';
        $this->after(27 * self::HOUR);
        [$mail] = $this->world->state['mails'];
        self::assertSame(['all@example.org', 'me@example.org'], [$mail['to'], $mail['from']]);
    }

    public function testWithoutAnAddressNobodyIsToldAndAnAddressLaterIs(): void
    {
        $this->world->state['settings'][Study::CLASSIC]['alert-address'] = '';
        self::assertSame(0, $this->after(27 * self::HOUR));
        $this->world->state['settings'][Study::CLASSIC]['alert-address'] = 'ops@example.org';
        self::assertSame(1, $this->after(60));
    }

    public function testTheHoursAreASetting(): void
    {
        $this->world->state['settings'][Study::CLASSIC]['watchdog-hours'] = '2';
        self::assertSame(0, $this->after(2 * self::HOUR));
        self::assertSame(1, $this->after(1));
    }

    public function testZeroHoursSwitchItOff(): void
    {
        $this->world->state['settings'][Study::CLASSIC]['watchdog-hours'] = '0';
        self::assertSame(0, $this->after(900 * self::HOUR));
    }

    public function testAWorkerThatNeverReportedIsWatchedFromTheFirstLook(): void
    {
        unset($this->world->state['settings'][Study::CLASSIC]['heartbeat']);
        self::assertSame(0, $this->after(100 * self::HOUR));
        self::assertSame(0, $this->after(26 * self::HOUR));
        self::assertSame(1, $this->after(1));
    }

    public function testOneBrokenProjectDoesNotHideAnother(): void
    {
        $this->world->state['projects'] = [5 => null] + $this->world->state['projects'];
        self::assertSame(1, $this->after(27 * self::HOUR));
        self::assertSame(['watchdog 5'], array_column($this->log('licats fault'), 'licats_what'));
    }

    public function testOldEntriesAreDroppedAndFreshOnesKept(): void
    {
        $this->world->onPage(Study::CLASSIC, 'coordinator');
        $this->save('labs', '1');
        $this->save('labs', '2');
        $day = static fn (int $time): string => date('Y-m-d H:i:s', $time);
        $this->world->state['log'][0]['timestamp'] = $day($this->module->clock - 30 * 86400 - 1);
        $this->world->state['log'][1]['timestamp'] = $day($this->module->clock - 30 * 86400);
        $this->after(0);
        self::assertSame(['2'], array_column($this->log('licats change'), 'record'));
    }
}
