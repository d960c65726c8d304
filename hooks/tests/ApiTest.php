<?php

namespace Licats\Tests;

final class ApiTest extends ModuleTestCase
{
    /** @dataProvider refusals */
    public function testWhoMayCall(int $status, string $code, mixed $user, mixed $pid, string $format): void
    {
        [$got, $body] = $this->call('changes', [], $user, $pid, $format);
        self::assertSame($status, $got);
        self::assertStringStartsWith("LICATS-$code: ", $body['error']);
    }

    public function refusals(): array
    {
        return [
            'super token' => [400, 'PROJECT', 'worker', null, 'json'],
            'another user' => [403, 'USER', 'coordinator', Study::CLASSIC, 'json'],
            'nobody' => [403, 'USER', null, Study::CLASSIC, 'json'],
            'no user named in the settings' => [403, 'USER', 'worker', Study::LONGITUDINAL, 'json'],
            'xml' => [406, 'FORMAT', 'worker', Study::CLASSIC, 'xml'],
        ];
    }

    public function testTheNamedUserMustBeInTheProject(): void
    {
        $this->world->state['settings'][Study::CLASSIC]['service-user'] = 'stranger';
        self::assertSame(403, $this->call('changes', [], 'stranger')[0]);
    }

    public function testAnUnknownActionIsNotImplemented(): void
    {
        self::assertSame(501, $this->call('delete-everything')[0]);
    }

    /** @dataProvider payloads */
    public function testDataThatIsNoneIsRefused(mixed $payload): void
    {
        $this->world->state['user'] = 'worker';
        $reply = $this->module->redcap_module_api('ack', $payload, Study::CLASSIC, 'worker', 'json', 'json', ',');
        self::assertSame(400, $reply['status']);
        self::assertStringContainsString('LICATS-DATA', $reply['body']);
    }

    public function payloads(): array
    {
        return [
            [['data' => '']], [['data' => 'x']], [['data' => '7']], [['data' => ['ids' => [1]]]], [[]],
            [['data' => '{"ids": 7}']], [['data' => '{"ids": {"a": 1}}']],
            [['data' => json_encode(['ids' => range(1, 201)])]],
        ];
    }

    public function testAFaultIsToldWithoutItsWords(): void
    {
        $this->world->state['broken'] = ['queryLogs'];
        [$status, $body] = $this->call('changes');
        self::assertSame([500, 'LICATS-FAULT: the module failed; see its log'], [$status, $body['error']]);
    }

    public function testChangesComeOldestFirstButWhatWasAskedForBefore(): void
    {
        $this->save('labs', '1');
        $this->save('licats_kidney', '2', 3);
        $this->module->redcap_module_ajax(
            'recompute',
            [],
            Study::CLASSIC,
            '5',
            'licats_skin',
            Study::EVENT,
            1,
            null,
            null,
            null,
            '',
            '',
            'coordinator',
            3
        );
        [$status, $body] = $this->call('changes');
        self::assertSame(200, $status);
        self::assertSame(3, $body['waiting']);
        $shown = array_map(static fn (array $one): array => [
            $one['record'], $one['form'], $one['instance'], $one['event'], $one['reason'],
        ], $body['changes']);
        self::assertSame([
            ['5', 'licats_skin', 1, '', 'recompute'],
            ['1', 'labs', 1, '', 'save'],
            ['2', 'licats_kidney', 3, '', 'save'],
        ], $shown);
    }

    public function testEventsGoByTheirUniqueNames(): void
    {
        $this->world->onPage(Study::LONGITUDINAL, 'coordinator');
        $this->world->state['settings'][Study::LONGITUDINAL]['service-user'] = 'worker';
        $this->module->redcap_save_record(Study::LONGITUDINAL, '1', 'labs', 52, null, null, null, 1);
        [, $body] = $this->call('changes', [], 'worker', Study::LONGITUDINAL);
        self::assertSame('follow_arm_1', $body['changes'][0]['event']);
    }

    public function testNoMoreThanABatchIsGiven(): void
    {
        for ($number = 0; $number < 205; $number++) {
            $this->save('labs', (string) $number);
        }
        [, $body] = $this->call('changes');
        self::assertCount(200, $body['changes']);
        self::assertSame(205, $body['waiting']);
        self::assertSame('199', $body['changes'][199]['record']);
    }

    public function testWhatIsAcknowledgedIsGoneAndNothingElse(): void
    {
        $this->save('labs', '1');
        $this->save('labs', '2');
        [$first, $second] = array_column($this->call('changes')[1]['changes'], 'id');
        $results = $this->call('ack', ['ids' => [$first, $first, 9999, "$second"]])[1]['results'];
        self::assertSame(['removed', 'absent', 'absent', 'refused'], array_column($results, 'result'));
        self::assertSame(['2'], array_column($this->call('changes')[1]['changes'], 'record'));
    }

    public function testAnotherProjectsChangesAreNeitherSeenNorTaken(): void
    {
        $this->module->redcap_save_record(Study::LONGITUDINAL, '1', 'labs', 52, null, null, null, 1);
        self::assertSame(['changes' => [], 'waiting' => 0], $this->call('changes')[1]);
        $id = $this->log('licats change')[0]['log_id'];
        self::assertSame('absent', $this->call('ack', ['ids' => [$id]])[1]['results'][0]['result']);
        self::assertCount(1, $this->log('licats change'));
    }

    public function testAWorkerInAGroupSeesTheChangesOfItsRecords(): void
    {
        $this->world->state['users']['worker']['rights'][Study::CLASSIC]['group_id'] = '4';
        $this->save('labs', '1');
        $this->save('labs', '2');
        self::assertSame(['2'], array_column($this->call('changes')[1]['changes'], 'record'));
    }

    public function testAHeartbeatIsKeptInTheSettings(): void
    {
        [$status, $body] = $this->heartbeat();
        self::assertSame([200, '2027-01-15T08:00:00+00:00'], [$status, $body['received']]);
        $kept = json_decode($this->world->state['settings'][Study::CLASSIC]['heartbeat'], true);
        self::assertSame('r1', $kept['run']);
        self::assertSame(1_800_000_000 - 3600, $kept['finished']);
    }

    /** @dataProvider heartbeats */
    public function testAHeartbeatThatMakesNoSenseIsRefused(array $more): void
    {
        self::assertSame(400, $this->heartbeat($more)[0]);
        self::assertArrayNotHasKey('heartbeat', $this->world->state['settings'][Study::CLASSIC]);
    }

    public function heartbeats(): array
    {
        return [
            'no time' => [['finished' => 'yesterday']],
            'no zone' => [['finished' => '2027-01-15T07:00:00']],
            'not a text' => [['finished' => 7]],
            'ahead of the clock' => [['finished' => '2027-01-15T08:10:01+00:00']],
            'markup' => [['run' => '<b>']],
            'line break' => [['run' => "r1\n"]],
            'short hash' => [['hash' => 'ab']],
            'long version' => [['version' => str_repeat('1', 41)]],
        ];
    }

    public function testQueriesAreOffUnlessSwitchedOn(): void
    {
        foreach (['list-queries', 'open-queries', 'close-queries'] as $action) {
            [$status, $body] = $this->call($action, ['records' => [], 'items' => []]);
            self::assertSame(403, $status);
            self::assertStringStartsWith('LICATS-DRW-OFF', $body['error']);
        }
    }
}
