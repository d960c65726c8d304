-- The columns that the module touches, as far as they are known from public descriptions; our own definitions.
drop table if exists redcap_data_quality_resolutions;
drop table if exists redcap_data_quality_status;
drop table if exists redcap_user_information;
drop table if exists redcap_projects;

create table redcap_projects (
    project_id int not null primary key,
    data_resolution_enabled int not null
) engine = InnoDB default charset = utf8mb4;

create table redcap_user_information (
    ui_id int not null auto_increment primary key,
    username varchar(255) not null unique
) engine = InnoDB default charset = utf8mb4;

create table redcap_data_quality_status (
    status_id int not null auto_increment primary key,
    rule_id int null,
    pd_rule_id int null,
    non_rule int null,
    project_id int not null,
    record varchar(100) not null,
    event_id int not null,
    field_name varchar(100) null,
    repeat_instrument varchar(100) null,
    instance int not null default 1,
    status int null,
    exclude int not null default 0,
    query_status enum ('OPEN', 'CLOSED', 'VERIFIED', 'DEVERIFIED') null,
    assigned_user_id int null,
    unique key spot (non_rule, project_id, record, event_id, field_name, repeat_instrument, instance)
) engine = InnoDB default charset = utf8mb4;

create table redcap_data_quality_resolutions (
    res_id int not null auto_increment primary key,
    status_id int not null,
    ts datetime null,
    user_id int null,
    response_requested int not null default 0,
    response enum ('DATA_MISSING', 'TYPOGRAPHICAL_ERROR', 'WRONG_SOURCE', 'CONFIRMED_CORRECT', 'OTHER') null,
    comment text null,
    current_query_status enum ('OPEN', 'CLOSED', 'VERIFIED', 'DEVERIFIED') null,
    upload_doc_id int null,
    field_comment_edited int not null default 0,
    foreign key (status_id) references redcap_data_quality_status (status_id)
) engine = InnoDB default charset = utf8mb4;
