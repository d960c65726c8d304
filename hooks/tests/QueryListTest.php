<?php

namespace Licats\Tests;

/**
 * Listing threads and what people said in them, on a real MariaDB.
 */
final class QueryListTest extends QueryTestCase
{
    public function testThreadsAreListedWithTheirSteps(): void
    {
        $this->open(['queries' => [self::query('1'), self::query('b')]]);
        $this->person(self::SITE, 'OPEN', 'TYPOGRAPHICAL_ERROR', 'Corrected. [LICATS:cccccccccccccccc:12345678]');
        $this->sql("insert into redcap_data_quality_status
            (non_rule, project_id, record, event_id, field_name, instance, query_status)
            values (1, 7, '1', 41, 'enr_age', 1, 'OPEN')");
        [$status, $body] = $this->call('list-queries', ['records' => ['1', '2', '99']]);
        self::assertSame(200, $status);
        self::assertCount(1, $body['threads']);
        $thread = $body['threads'][0];
        $steps = $thread['steps'];
        unset($thread['steps']);
        self::assertSame([
            'record' => '1', 'event' => '', 'form' => 'licats_kidney', 'field' => 'kidney_onset', 'instance' => 2,
            'status' => 'OPEN',
        ], $thread);
        self::assertSame([
            'id' => 1, 'at' => '2027-01-15 08:00:00', 'user' => 'worker', 'ours' => true, 'status' => 'OPEN',
            'response' => '', 'comment' => '', 'asks' => [
                ['id' => '1111111111111111', 'fingerprint' => 'aaaaaaaaaaaaaaaa'],
                ['id' => 'bbbbbbbbbbbbbbbb', 'fingerprint' => 'aaaaaaaaaaaaaaaa'],
            ],
        ], $steps[0]);
        self::assertSame([
            'id' => 2, 'at' => '2027-01-15 09:00:00', 'user' => 'coordinator', 'ours' => false, 'status' => 'OPEN',
            'response' => 'TYPOGRAPHICAL_ERROR', 'comment' => 'Corrected. [LICATS:cccccccccccccccc:12345678]',
            'asks' => [],
        ], $steps[1]);
    }

    public function testPeoplesStepsAreToldFromANumberOn(): void
    {
        $this->open();
        $this->person(self::SITE, 'OPEN', 'OTHER');
        $this->person(self::MONITOR, 'CLOSED');
        $news = fn (mixed $after): array => $this->call('changed-queries', ['after' => $after])[1];
        $ids = static fn (array $news): array => array_column($news['steps'], 'id');
        // the module's own step is the first; none is old enough yet for others not to come before it
        self::assertSame([2, 3], $ids($news(0)));
        self::assertSame([3], $ids($news(2)));
        self::assertSame(['last' => 5, 'more' => null, 'steps' => []], $news(5));
        self::assertSame('1', $news(0)['steps'][0]['record']);
        $this->sql("update redcap_data_quality_resolutions set ts = '2027-01-15 07:00:00' where res_id < 3");
        self::assertSame(2, $news(0)['last']);
        // who begins is told of what is being said just now
        self::assertSame([3], $ids($news(null)));
    }

    public function testStepsInThreadsOfOthersAreNotTold(): void
    {
        $this->sql("insert into redcap_data_quality_status
            (non_rule, project_id, record, event_id, field_name, instance) values (1, 7, '1', 41, 'enr_age', 1)");
        $this->person(self::SITE, 'OPEN', null, 'who [LICATS:aaaaaaaaaaaaaaaa:aaaaaaaaaaaaaaaa] am I');
        self::assertSame([], $this->call('changed-queries', ['after' => 0])[1]['steps']);
    }

    public function testWhatOneAnswerCannotHoldIsAskedForAgain(): void
    {
        $this->open();
        $values = implode(', ', array_fill(0, 1003, "(1, '2027-01-15 09:00:00', 2, 'OPEN')"));
        $this->sql('insert into redcap_data_quality_resolutions (status_id, ts, user_id, current_query_status)'
            . " values $values");
        [, $first] = $this->call('changed-queries', ['after' => 0]);
        self::assertCount(1000, $first['steps']);
        [, $rest] = $this->call('changed-queries', ['after' => $first['more']]);
        self::assertCount(3, $rest['steps']);
        self::assertNull($rest['more']);
    }

    /** @dataProvider numbers */
    public function testANumberIsANumber(mixed $after): void
    {
        self::assertSame(400, $this->call('changed-queries', ['after' => $after])[0]);
    }

    public static function numbers(): array
    {
        return [['1'], [1.5], [[]], ['1 or 1=1']];
    }

    public function testWhoMayNotCloseIsToldSoBeforeAnythingIsAsked(): void
    {
        foreach (['0', '1', '2', '4', '5'] as $right) {
            $rights = &$this->world->state['users']['worker']['rights'][Study::CLASSIC];
            $rights['data_quality_resolution'] = $right;
            self::assertSame(403, $this->call('changed-queries', ['after' => null])[0]);
        }
    }

    public function testEventsGoByTheirUniqueNames(): void
    {
        $pid = Study::LONGITUDINAL;
        $this->world->onPage($pid, 'worker');
        $this->world->state['settings'][$pid] = ['service-user' => 'worker', 'answer-drw' => '1'];
        $this->world->state['rows'][$pid] = [['event' => 'follow_arm_1', 'group' => ''] + Study::row('labs', 1, [])];
        $items = [
            self::item(['event' => 'follow_arm_1', 'instance' => 1]),
            self::item(['event' => 'base_arm_1']),
            self::item(['event' => 'nowhere']),
            self::item(['event' => '']),
            self::item(['event' => 'follow_arm_1', 'form' => 'enrolment', 'field' => 'enr_age', 'instance' => 1]),
        ];
        $results = $this->call('open-queries', ['items' => $items], 'worker', $pid)[1]['results'];
        self::assertSame(['opened', 'opened', 'refused', 'refused', 'refused'], array_column($results, 'result'));
        self::assertSame(['', '', 'event', 'event', 'form'], array_column($results, 'reason'));
        // the form repeats in the one event and not in the other
        self::assertEquals(
            [[52, null], [51, 'licats_kidney']],
            array_map('array_values', $this->rows(
                'select event_id, repeat_instrument from redcap_data_quality_status order by status_id'
            ))
        );
        [, $body] = $this->call('list-queries', ['records' => ['1']], 'worker', $pid);
        $threads = $body['threads'];
        self::assertSame(['follow_arm_1', 'base_arm_1'], array_column($threads, 'event'));
        self::assertSame(['licats_kidney', 'licats_kidney'], array_column($threads, 'form'));
        self::assertSame([1, 2], array_column($threads, 'instance'));
    }
}
