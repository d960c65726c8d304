<?php

namespace Licats\Tests;

/**
 * Asking and closing queries in the Data Resolution Workflow, on a real MariaDB.
 */
final class QueryStoreTest extends QueryTestCase
{
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
}
