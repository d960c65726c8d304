<?php

namespace Licats\Tests;

/**
 * What is refused of queries in the Data Resolution Workflow, on a real MariaDB.
 */
final class QueryRefusalTest extends QueryTestCase
{
    /** @dataProvider items */
    public function testAnItemThatIsNotSureIsRefused(mixed $item, string $reason): void
    {
        $items = [$item, self::item(['instance' => 9])];
        [$first, $second] = $this->call('open-queries', ['items' => $items])[1]['results'];
        self::assertSame(['refused', $reason], array_values($first));
        self::assertSame('opened', $second['result']);
        self::assertCount(1, $this->rows('select * from redcap_data_quality_status'));
    }

    public function items(): array
    {
        $one = static fn (array $more): array => self::item($more);
        return [
            'no object' => ['x', 'item'],
            'no record' => [['record' => 7] + self::item(), 'item'],
            'instance as text' => [$one(['instance' => '2']), 'item'],
            'instance zero' => [$one(['instance' => 0]), 'item'],
            'unknown record' => [$one(['record' => '99']), 'record'],
            'event of a classic project' => [$one(['event' => 'event_1_arm_1']), 'event'],
            'unknown form' => [$one(['form' => 'nothing']), 'form'],
            'unknown field' => [$one(['field' => 'nothing']), 'field'],
            'field of another form' => [$one(['field' => 'lab_date']), 'field'],
            'second instance of a single form' => [$one(['form' => 'enrolment', 'field' => 'enr_age']), 'instance'],
            'no queries' => [$one(['queries' => []]), 'queries'],
            'a query without text' => [$one(['queries' => [['text' => ' '] + self::query('a')]]), 'queries'],
            'an id that is none' => [$one(['queries' => [['id' => 'zz'] + self::query('a')]]), 'queries'],
            'a rule with a bracket' => [$one(['queries' => [['rule' => 'D]'] + self::query('a')]]), 'queries'],
            'one bad query of two' => [$one(['queries' => [self::query('a'), 'x']]), 'queries'],
        ];
    }

    public function testOtherGroupsRecordsLookAsIfTheyWereNotThere(): void
    {
        $this->open(['record' => '2']);
        $this->world->state['users']['worker']['rights'][Study::CLASSIC]['group_id'] = '3';
        self::assertSame(['refused', 'record'], array_values($this->open(['record' => '2'])));
        self::assertSame('opened', $this->open()['result']);
        [, $body] = $this->call('list-queries', ['records' => ['1', '2']]);
        self::assertSame(['1'], array_column($body['threads'], 'record'));
    }

    public function testAFormThatTheWorkerMayNotSeeIsRefused(): void
    {
        $this->world->state['users']['worker']['rights'][Study::CLASSIC]['forms']['licats_kidney'] = '0';
        self::assertSame(['refused', 'right'], array_values($this->open()));
    }

    /** @dataProvider rights */
    public function testRightsInTheWorkflow(string $right, int $list, int $open, int $close): void
    {
        $this->world->state['users']['worker']['rights'][Study::CLASSIC]['data_quality_resolution'] = $right;
        self::assertSame([$list, $open, $close], [
            $this->call('list-queries', ['records' => []])[0],
            $this->call('open-queries', ['items' => []])[0],
            $this->call('close-queries', ['items' => []])[0],
        ]);
    }

    public function rights(): array
    {
        return [
            'none' => ['0', 403, 403, 403],
            'view' => ['1', 200, 403, 403],
            'respond' => ['2', 200, 403, 403],
            'all' => ['3', 200, 200, 200],
            'open only' => ['4', 200, 200, 403],
            'open and respond' => ['5', 200, 200, 403],
            'unknown' => ['9', 403, 403, 403],
            'missing' => ['', 403, 403, 403],
        ];
    }

    /** @dataProvider problems */
    public function testItRefusesWhereTheTablesAreNotAsExpected(string $change, string $words): void
    {
        $this->sql($change);
        foreach (['list-queries', 'open-queries', 'close-queries'] as $action) {
            [$status, $body] = $this->call($action, ['records' => ['1'], 'items' => [self::item()]]);
            self::assertSame(501, $status);
            self::assertStringContainsString($words, $body['error']);
        }
    }

    public function problems(): array
    {
        return [
            'a column is missing' => [
                'alter table redcap_data_quality_resolutions drop column response', 'expected: response',
            ],
            'a table is missing' => ['drop table redcap_data_quality_resolutions', 'redcap_data_quality_resolutions'],
            'field comments instead' => ['update redcap_projects set data_resolution_enabled = 1', 'not switched on'],
            'no such project' => ['delete from redcap_projects', 'not switched on'],
            'no account' => ["delete from redcap_user_information where username = 'worker'", 'no account'],
        ];
    }

    public function testTheStatusPageNamesTheProblem(): void
    {
        $this->world->state['user'] = 'designer';
        self::assertStringContainsString('<td>ready</td>', $this->module->statusPage());
        $this->sql('update redcap_projects set data_resolution_enabled = 0');
        self::assertStringContainsString('is not switched on in this project', $this->module->statusPage());
    }

    public function testTwoThreadsAtOneSpotAreNotGuessedAt(): void
    {
        $this->sql('alter table redcap_data_quality_status drop key spot');
        $this->open();
        $this->sql("insert into redcap_data_quality_status (non_rule, project_id, record, event_id, field_name,
            repeat_instrument, instance, query_status)
            select non_rule, project_id, record, event_id, field_name, repeat_instrument, instance, query_status
            from redcap_data_quality_status");
        self::assertSame(['refused', 'ambiguous'], array_values($this->open()));
        self::assertSame(['refused', 'ambiguous'], array_values($this->close()));
        self::assertCount(1, $this->comments());
    }

    public function testThreadsOfRulesAreNotOurs(): void
    {
        $this->sql("insert into redcap_data_quality_status
            (rule_id, project_id, record, event_id, field_name, repeat_instrument, instance, query_status)
            values (5, 7, '1', 41, 'kidney_onset', 'licats_kidney', 2, 'OPEN')");
        self::assertSame('opened', $this->open()['result']);
        self::assertCount(1, $this->call('list-queries', ['records' => ['1']])[1]['threads']);
    }

    public function testAFailureInTheMiddleLeavesNothingBehind(): void
    {
        $this->sql('alter table redcap_data_quality_resolutions modify comment varchar(5)');
        self::assertSame(['refused', 'fault'], array_values($this->open()));
        self::assertSame([], $this->rows('select * from redcap_data_quality_status'));
        self::assertSame([], $this->world->state['events']);
        $this->sql('alter table redcap_data_quality_resolutions modify comment text');
        self::assertSame('opened', $this->open()['result']);
    }

    public function testOnlyOneCallWritesAtATime(): void
    {
        $other = new \mysqli(null, 'root', '', 'redcap', 0, (string) getenv('LICATS_TEST_SOCKET'));
        $other->query("select get_lock('licats_hooks.7', 0)");
        [$status, $body] = $this->call('open-queries', ['items' => [self::item()]]);
        self::assertSame(500, $status);
        self::assertStringStartsWith('LICATS-BUSY', $body['error']);
        $other->close();
        self::assertSame('opened', $this->open()['result']);
    }
}
