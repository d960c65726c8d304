<?php

namespace Licats\Tests;

/**
 * Queries in the Data Resolution Workflow, on a real MariaDB.
 */
final class QueryStoreTest extends ModuleTestCase
{
    private const WORKER = 1;
    private const SITE = 2;
    private const MONITOR = 3;

    protected function setUp(): void
    {
        parent::setUp();
        $this->world->freshTables();
        $this->sql("insert into redcap_projects values (7, 2), (8, 2)");
        $this->sql("insert into redcap_user_information values (1, 'worker'), (2, 'coordinator'), (3, 'monitor')");
        $this->world->state['settings'][Study::CLASSIC]['answer-drw'] = true;
    }

    // --- helpers ----------------------------------------------------------------------------------------

    private function sql(string $sql): mixed
    {
        return $this->world->database()->query($sql);
    }

    /** @return list<array<string, mixed>> */
    private function rows(string $sql): array
    {
        return $this->sql($sql)->fetch_all(MYSQLI_ASSOC);
    }

    /** @param array<string, mixed> $more */
    private static function item(array $more = []): array
    {
        return $more + [
            'record' => '1', 'event' => '', 'form' => 'licats_kidney', 'field' => 'kidney_onset', 'instance' => 2,
            'queries' => [self::query('a')],
        ];
    }

    private static function query(string $letter, string $print = 'aaaaaaaaaaaaaaaa'): array
    {
        return ['id' => str_repeat($letter, 16), 'rule' => 'DT01', 'fingerprint' => $print, 'text' => "Check $letter."];
    }

    /** @return array{result: string, reason: string} */
    private function open(array $more = []): array
    {
        return $this->call('open-queries', ['items' => [self::item($more)]])[1]['results'][0];
    }

    /** @return array{result: string, reason: string} */
    private function close(array $more = []): array
    {
        return $this->call('close-queries', ['items' => [self::item($more)]])[1]['results'][0];
    }

    private function person(int $user, string $status, ?string $response = null, string $comment = 'words'): void
    {
        $answer = $response === null ? 'null' : "'$response'";
        $this->sql("insert into redcap_data_quality_resolutions
            (status_id, ts, user_id, response_requested, response, comment, current_query_status)
            values (1, '2027-01-15 09:00:00', $user, 0, $answer, '$comment', '$status')");
        $this->sql("update redcap_data_quality_status set query_status = '$status' where status_id = 1");
    }

    /** @return list<string> */
    private function comments(): array
    {
        $rows = $this->rows('select comment from redcap_data_quality_resolutions order by res_id');
        return array_column($rows, 'comment');
    }

    // --- what the database does not take ----------------------------------------------------------------

    public function testOneItemThatTheDatabaseRefusesDoesNotStopTheOthers(): void
    {
        $this->sql('alter table redcap_data_quality_resolutions modify comment varchar(120)');
        $long = ['text' => str_repeat('long ', 100)] + self::query('b');
        $items = [self::item(['field' => 'kidney_end', 'queries' => [$long]]), self::item()];
        [$status, $body] = $this->call('open-queries', ['items' => $items]);
        self::assertSame(200, $status);
        self::assertSame([['refused', 'fault'], ['opened', '']], array_map('array_values', $body['results']));
        self::assertSame(['1'], array_column($this->rows('select count(*) as n from redcap_data_quality_status'), 'n'));
        self::assertCount(1, $this->log('licats fault'));
    }

    public function testMoreQueriesThanACommentHoldsAreRefused(): void
    {
        $queries = array_fill(0, 51, self::query('a'));
        self::assertSame(['refused', 'queries'], array_values($this->open(['queries' => $queries])));
    }

    public function testAStepWithoutATimeIsListed(): void
    {
        $this->open();
        $this->sql('update redcap_data_quality_resolutions set ts = null');
        self::assertNull($this->call('list-queries', ['records' => ['1']])[1]['threads'][0]['steps'][0]['at']);
    }

    // --- an event that repeats as a whole ---------------------------------------------------------------

    public function testAnEventThatRepeatsAsAWholeHasItsInstanceAndNoRepeatingInstrument(): void
    {
        $this->world->onPage(Study::LONGITUDINAL, 'worker');
        $this->world->state['settings'][Study::LONGITUDINAL] = ['answer-drw' => true, 'service-user' => 'worker'];
        $row = ['record_id' => '1', 'event' => 'follow_arm_1', 'instrument' => '', 'group' => 'site_a'];
        $this->world->state['rows'][Study::LONGITUDINAL] = [
            ['instance' => '1', 'kidney_onset' => '2026-01-02'] + $row,
            ['instance' => '2', 'licats_kidney_complete' => '2'] + $row,
        ];
        $item = self::item(['event' => 'follow_arm_1']);
        $items = [$item, self::item(['event' => 'follow_arm_1', 'instance' => 3])];
        [, $body] = $this->call('open-queries', ['items' => $items], 'worker', Study::LONGITUDINAL);
        self::assertSame(['opened', 'refused'], array_column($body['results'], 'result'));
        self::assertSame('instance', $body['results'][1]['reason']);
        [$thread] = $this->rows('select * from redcap_data_quality_status');
        $found = [$thread['event_id'], $thread['repeat_instrument'], $thread['instance']];
        self::assertSame(['52', null, '2'], array_map(static fn ($one) => $one === null ? null : "$one", $found));
        $asked = ['records' => ['1']];
        [, $body] = $this->call('list-queries', $asked, 'worker', Study::LONGITUDINAL);
        self::assertSame(
            ['follow_arm_1', 'licats_kidney', 2],
            [$body['threads'][0]['event'], $body['threads'][0]['form'], $body['threads'][0]['instance']]
        );
    }

    // --- asking -----------------------------------------------------------------------------------------

    public function testAThreadIsOpenedWhereItBelongs(): void
    {
        self::assertSame(['result' => 'opened', 'reason' => ''], $this->open());
        [$thread] = $this->rows('select * from redcap_data_quality_status');
        self::assertEquals(
            [1, 7, '1', Study::EVENT, 'kidney_onset', 'licats_kidney', 2, 'OPEN', null],
            [$thread['non_rule'], $thread['project_id'], $thread['record'], $thread['event_id'], $thread['field_name'],
                $thread['repeat_instrument'], $thread['instance'], $thread['query_status'],
                $thread['assigned_user_id']]
        );
        [$step] = $this->rows('select * from redcap_data_quality_resolutions');
        self::assertEquals(
            [self::WORKER, 1, 'OPEN', null, '2027-01-15 08:00:00'],
            [$step['user_id'], $step['response_requested'], $step['current_query_status'], $step['response'],
                $step['ts']]
        );
        self::assertSame('[DT01] Check a. [LICATS:aaaaaaaaaaaaaaaa:aaaaaaaaaaaaaaaa]', $step['comment']);
        $where = 'form = licats_kidney, field = kidney_onset, instance = 2';
        $event = ['LICATS: data query opened', $where, '1', Study::EVENT, Study::CLASSIC];
        self::assertSame([$event], $this->world->state['events']);
    }

    public function testAskingTwiceDoesNothingMore(): void
    {
        $this->open();
        self::assertSame('unchanged', $this->open()['result']);
        self::assertCount(1, $this->comments());
        self::assertCount(1, $this->world->state['events']);
    }

    public function testTwoChecksOnAFieldShareItsThread(): void
    {
        $this->open();
        self::assertSame('added', $this->open(['queries' => [self::query('a'), self::query('b')]])['result']);
        self::assertCount(1, $this->rows('select * from redcap_data_quality_status'));
        self::assertStringContainsString("This is asked now:\n[DT01] Check a.", $this->comments()[1]);
    }

    public function testAFormThatDoesNotRepeatHasNoRepeatingInstrument(): void
    {
        $where = ['form' => 'enrolment', 'field' => 'enr_age', 'instance' => 1];
        self::assertSame('opened', $this->open($where)['result']);
        self::assertSame('unchanged', $this->open($where)['result']);
        [$thread] = $this->rows('select repeat_instrument, instance from redcap_data_quality_status');
        self::assertEquals([null, 1], array_values($thread));
    }

    public function testOtherInstancesAndFieldsHaveThreadsOfTheirOwn(): void
    {
        $this->open();
        foreach ([['instance' => 3], ['field' => 'kidney_end'], ['record' => '2']] as $more) {
            self::assertSame('opened', $this->open($more)['result']);
        }
        self::assertCount(4, $this->rows('select * from redcap_data_quality_status'));
    }

    public function testWhatAPersonAnsweredIsLeftAlone(): void
    {
        $this->open();
        $this->person(self::SITE, 'OPEN', 'CONFIRMED_CORRECT');
        self::assertSame(['left', 'answered'], array_values($this->open(['queries' => [self::query('b')]])));
        self::assertSame(['left', 'answered'], array_values($this->close()));
        self::assertCount(2, $this->comments());
    }

    public function testWhatAPersonClosedStaysClosedOnTheSameData(): void
    {
        $this->open();
        $this->person(self::SITE, 'OPEN', 'CONFIRMED_CORRECT');
        $this->person(self::MONITOR, 'CLOSED');
        self::assertSame(['left', 'closed'], array_values($this->open()));
        self::assertSame('reopened', $this->open(['queries' => [self::query('a', 'bbbbbbbb')]])['result']);
        self::assertStringStartsWith('Asked again', $this->comments()[3]);
        [$thread] = $this->rows('select query_status from redcap_data_quality_status');
        self::assertSame('OPEN', $thread['query_status']);
    }

    public function testAThreadIsClosedAndOpenedAgain(): void
    {
        $this->open();
        self::assertSame('closed', $this->close()['result']);
        self::assertSame('unchanged', $this->close()['result']);
        self::assertSame('The data agree now; closed by LICATS.', $this->comments()[1]);
        self::assertSame('reopened', $this->open()['result']);
        self::assertSame('closed', $this->close(['why' => 'off'])['result']);
        self::assertSame('This check no longer applies; closed by LICATS.', $this->comments()[3]);
    }

    public function testNothingIsClosedWhereThereIsNothing(): void
    {
        self::assertSame('absent', $this->close()['result']);
        self::assertSame([], $this->rows('select * from redcap_data_quality_status'));
    }

    // --- refusing ---------------------------------------------------------------------------------------

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

    // --- listing ----------------------------------------------------------------------------------------

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
